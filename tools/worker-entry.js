// A function's entry on Workers, added to worker-build's shim in place of its own: a class behind three proxies,
// which are made anew for every request and cost it a fiftieth of a millisecond. Starts a module anew that has
// crashed, by the shim's own means, as theirs does.
const recovering = (handler) => async (event, environment, context) => {
  checkReinitialize();
  try {
    return await handler(event, environment, context);
  } catch (error) {
    handleMaybeCritical(error);
    throw error;
  }
};
const handlers = ["fetch", "scheduled"].filter((name) => name in exports);
export default Object.fromEntries(handlers.map((name) => [name, recovering(exports[name])]));
