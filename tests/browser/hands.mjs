// How people do things on a page: with a mouse, or with keys alone. What is lived with one is lived with the other, too.
import { tabTo, typeMoment } from "./people.mjs";

export const byMouse = {
  press: (page, what) => what.click(),
  write: (page, field, text) => field.fill(text),
  writeMoment: (page, field, moment) => field.fill(moment),
  tick: (page, box) => box.check(),
  choose: (page, list, value) => list.selectOption(value),
};

export const byKeys = {
  press: async (page, what) => {
    await tabTo(page, what);
    await page.keyboard.press("Enter");
  },
  write: async (page, field, text) => {
    await tabTo(page, field);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  },
  writeMoment: (page, field, moment) => typeMoment(page, field, moment),
  tick: async (page, box) => {
    await tabTo(page, box);
    if (!(await box.isChecked())) await page.keyboard.press("Space");
  },
  choose: async (page, list, value) => {
    await tabTo(page, list);
    await page.keyboard.press("Home");
    for (let steps = 0; (await list.inputValue()) !== value; steps += 1) {
      if (steps === 50) throw new Error(`no arrow leads to ${value}`);
      await page.keyboard.press("ArrowDown");
    }
  },
};
