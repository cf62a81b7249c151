// The schedule, where scripts run: a visit is dragged to another time of its practitioner, or one that was booked in
// a slot to another free slot. Booking's JSON moves it; what is refused is said. The same move is a form on the page.
const table = document.getElementById("schedule");
const status = document.getElementById("status");
const dialog = document.getElementById("move");
let dragged;

// What a visit may be dropped on: a free slot if it lies in one, else a place in its own practitioner's time.
const target = (place) => {
  if (!dragged || !place.closest) return undefined;
  if (dragged.dataset.inSlot) return place.closest("[data-slot]");
  const cell = place.closest("td[data-lane][data-at]");
  return cell?.dataset.lane === dragged.dataset.lane ? cell : undefined;
};

// A day's place keeps the clock time; half an hour's place has its own.
const body = (visit, place) => {
  if (visit.dataset.inSlot) return { slot: place.dataset.slot };
  const { at } = place.dataset;
  return { starts_at: at.includes("T") ? at : `${at}T${visit.dataset.at.split("T")[1]}` };
};

const said = (visit, place) => {
  const where = visit.dataset.inSlot ? place.textContent.trim() : body(visit, place).starts_at.replace("T", " ");
  return `${visit.querySelector("a").textContent} → ${where}`;
};

const agreed = (text) =>
  new Promise((resolve) => {
    document.getElementById("move-what").textContent = text;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });

const move = async (visit, place) => {
  if (!(await agreed(said(visit, place)))) return;
  // One key for the move: sent again after a lost answer, it is done once.
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify(body(visit, place)),
  };
  const send = () => fetch(`/booking/v1/appointments/${visit.dataset.visit}/reschedule`, request);
  const answer = await send().catch(send).catch(() => undefined);
  if (answer?.ok) {
    location.reload();
    return;
  }
  if (!answer) {
    status.textContent = status.dataset.offline;
    return;
  }
  const kind = (await answer.json().catch(() => ({}))).type ?? "";
  const words = kind.endsWith(":practitioner-busy") ? "busy" : kind.endsWith(":slot-taken") ? "taken" : "failed";
  status.textContent = table.dataset[words];
  status.scrollIntoView({ block: "center" });
};

for (const visit of table.querySelectorAll("[data-visit]")) {
  visit.draggable = true;
  for (const link of visit.querySelectorAll("a")) link.draggable = false;
}
table.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-visit]");
  if (dragged) {
    event.dataTransfer.effectAllowed = "move";
    // The id alone: a drag that ends in another program must tell nothing of a patient.
    event.dataTransfer.setData("text/plain", dragged.dataset.visit);
  }
});
table.addEventListener("dragover", (event) => {
  const place = target(event.target);
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
});
table.addEventListener("dragleave", (event) => target(event.target)?.classList.remove("over"));
table.addEventListener("dragend", () => {
  dragged = undefined;
  for (const place of table.querySelectorAll(".over")) place.classList.remove("over");
});
table.addEventListener("drop", (event) => {
  const place = target(event.target);
  if (!place) return;
  event.preventDefault();
  move(dragged, place);
});
