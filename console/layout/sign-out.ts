/** Ends the session, here and in the database; a full load follows, so that nothing of the person stays in memory. */
import { toast } from "../ui/toast.tsx";

export const signOut = async (): Promise<void> => {
  try {
    const response = await fetch("/console/auth/sign-out", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    if (!response.ok && response.status !== 401) throw new Error(String(response.status));
    location.assign("/sign-in");
  } catch {
    toast({ title: "You are still signed in", description: "The server did not answer. Try again.", bad: true });
  }
};
