// Swagger UI (Apache-2.0) over the function's OpenAPI document that the page names.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

const place = document.getElementById("api-document");
SwaggerUI({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  // A new key for each try; the documents leave the header to the caller.
  requestInterceptor: (request) => {
    if (request.method === "POST") request.headers["Idempotency-Key"] ??= crypto.randomUUID();
    return request;
  },
  // Nothing of ours is sent to a validator elsewhere.
  validatorUrl: null,
  // A page has one main part, and this is a part of it.
  onComplete: () => place.querySelector("main")?.setAttribute("role", "group"),
});
