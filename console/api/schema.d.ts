/** Placeholder until `npm run openapi` writes it. */
export interface paths {
  "/console/api/public/storefront": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            "application/json": {
              name: string;
              logoUrl: string | null;
              unit: { name: string; symbol: string | null; rate: { num: string; den: string } };
              registration: "open" | "invite" | "closed";
              baseUrls: { openai: string; anthropic: string; gemini: string };
              keyPrefix: string;
              support: string | null;
              oauthProviders: string[];
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/console/api/me": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            "application/json": {
              email: string;
              name: string;
              installationRole: "operator" | "support" | "auditor" | null;
              accounts: { id: string; name: string; role: "owner" | "member" }[];
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
