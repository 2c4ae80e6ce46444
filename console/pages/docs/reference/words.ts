/** What the API reference says around the document's own words. */
export const words = {
  title: "API reference",
  description:
    "Every public route. The same key works on all of them, as Authorization: Bearer, x-api-key or x-goog-api-key. Errors have the shape of the route's own clients.",
  parameters: "Parameters",
  request: "Request body",
  reply: "Reply",
  refusals: "May also answer",
  required: "required",
} as const;
