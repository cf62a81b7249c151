// The functions' interfaces at /docs, in Swagger UI under the pages' own content security policy.
import assert from "node:assert/strict";
import { signInAsStaff, shows } from "./people.mjs";

export const tests = {
  "every function's interface is shown at /docs, and tried out with one's own session": async ({ person }) => {
    const page = await person({ viewport: { width: 1280, height: 900 } });
    await signInAsStaff(page, "anna.lind");
    await shows(page, "Startsida");
    await page.goto("/docs");
    const functions = await page.locator('nav a[href^="/docs?function="]').allTextContents();
    assert.ok(functions.length >= 7, `${functions}`);
    for (const name of functions) {
      await page.goto(`/docs?function=${name}`);
      await page.locator("#api-document .info .title").waitFor();
      // The document's own paths are the function's.
      await page.locator(`#api-document .opblock-summary-path[data-path^="/${name}/v1/"]`).first().waitFor();
      assert.ok((await page.locator("#api-document .opblock").count()) > 0, name);
    }
    await page.goto("/docs?function=identity");
    await page.getByText("/identity/v1/session", { exact: true }).click();
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByRole("button", { name: "Execute" }).click();
    await page.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
  },
};
