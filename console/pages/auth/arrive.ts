/** Where somebody goes who has come in. A full load, so that nothing of whoever was here before stays in memory. */

/** Only a path of ours: an address of elsewhere would lead people away. */
export const ownPath = (from: string | undefined): string =>
  from !== undefined && from.startsWith("/") && !from.startsWith("//") && !from.startsWith("/\\") ? from : "/app";

export const arrive = (from?: string): void => {
  location.assign(ownPath(from));
};

/** The token of the address of a mail's link; empty when there is none. */
export const tokenOfAddress = (): string => new URLSearchParams(location.search).get("token") ?? "";
