/** How data is kept in the browser: fresh for a while, tried again where that helps. */
import { QueryClient } from "@tanstack/react-query";

import { ApiError } from "./client.ts";

const FRESH_MS = 15_000;
const TRIES = 2;

/** A refusal stays one; only what may pass is tried again. */
const mayPass = (error: Error): boolean => !(error instanceof ApiError) || error.status === 0 || error.status >= 500;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < TRIES && mayPass(error),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
