// Forms with something wrong in them: how every one of them comes again.
import assert from "node:assert/strict";

const LOOK_AGAIN = "Titta på det här en gång till";

export const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Whether a form, sent as it is, comes again with a summary that has focus, its fault at the field, and what was typed. */
export const comesAgain = async (page, { path, form, button, typed, wrong }) => {
  await page.goto(path);
  const closed = page.locator("details:not([open])", { has: page.locator(form) });
  if ((await closed.count()) > 0) await closed.first().locator("summary").first().click();
  await page.locator(`${form} [maxlength]`).evaluateAll((fields) => fields.forEach((field) => field.removeAttribute("maxlength")));
  for (const [field, text] of Object.entries(typed)) await page.locator(`${form} [name=${field}]`).fill(text);
  // What the browser itself would stop is looked at by the service, too.
  await page.locator(form).evaluate((element) => (element.noValidate = true));
  await page.locator(form).getByRole("button", { name: button }).click();
  const again = page.getByRole("heading", { name: LOOK_AGAIN });
  await again.waitFor({ timeout: 5000 }).catch(() => assert.fail(`${path} ${wrong}: nothing is said of it`));
  const summary = page.locator("ds-error-summary");
  assert.ok(await isFocused(summary), `${path}: the summary has no focus`);
  const field = page.locator(`#${wrong}`);
  const name = `${path} ${wrong}`;
  if ((await field.getAttribute("tabindex")) === null) assert.equal(await field.getAttribute("aria-invalid"), "true", name);
  await summary.locator(`a[href="#${wrong}"]`).click();
  assert.ok(await isFocused(field), `${name}: the summary does not lead there`);
  for (const [field, text] of Object.entries(typed)) {
    assert.equal(await page.locator(`#${field}`).first().inputValue(), text, `${path}: ${field} is lost`);
  }
};

/** The same of many, each fault named. */
export const allComeAgain = async (page, forms) => {
  const failed = [];
  for (const one of forms) await comesAgain(page, one).catch(({ message }) => failed.push(message.slice(0, 300)));
  assert.deepEqual(failed, []);
};
