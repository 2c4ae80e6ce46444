/** Who is signed in. */
import { queryOptions } from "@tanstack/react-query";

import { answered, api, ApiError } from "./client.ts";

/** Null: nobody. Asked for by every page that differs for who is signed in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    try {
      return await answered(api.GET("/console/api/me"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});
