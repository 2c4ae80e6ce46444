/** Saves a file of the API's: a fresh proof is asked for first where the file wants one, and the browser then fetches it by itself. */
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";

import { ApiError } from "../api/client.ts";
import type { Act } from "../api/may.ts";
import { Button } from "./button.tsx";
import { useStepUp } from "./step-up.tsx";
import { toast } from "./toast.tsx";

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** Asks for the file and reads nothing of it: whether it may be had. @throws ApiError when it may not */
const check = async (href: string): Promise<void> => {
  const abort = new AbortController();
  const response = await fetch(href, { signal: abort.signal });
  if (response.ok) {
    abort.abort();
    return;
  }
  const { error } = (await response.json()) as ErrorBody;
  throw new ApiError(
    response.status,
    error?.code ?? "unknown",
    error?.message ?? "The file could not be made. Try again.",
  );
};

const save = (href: string): void => {
  const link = document.createElement("a");
  link.href = href;
  link.download = "";
  link.click();
};

export interface DownloadButtonProps {
  readonly href: string;
  readonly label: string;
  readonly size?: "base" | "small";
  /** What it asks for: who may not have it does not see the button. */
  readonly act?: Act;
}

export const DownloadButton = ({ href, label, size = "base", act }: DownloadButtonProps) => {
  const withStepUp = useStepUp();
  const fetchFile = useMutation({
    mutationFn: () => withStepUp(() => check(href)),
    onSuccess: () => {
      save(href);
    },
    onError: (error) => {
      toast({ title: error.message, bad: true });
    },
  });
  return (
    <Button
      size={size}
      act={act}
      pending={fetchFile.isPending}
      icon={<Download aria-hidden className="size-4" />}
      onClick={() => {
        fetchFile.mutate();
      }}
    >
      {label}
    </Button>
  );
};
