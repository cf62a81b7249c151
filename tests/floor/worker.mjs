// The floor under the hot calls and the pages: for each the D1 round trips that the real function makes, with the same
// SQL and the same kind of parameters, and no logic; it answers with the rows it read. What to repeat is recorded
// from the real router by tests/bench/src/recording.rs and put here before measuring: PUT /recorded. Knows nothing
// of them.

let recorded = {};

export default {
  async fetch(request, environment) {
    const [, name, id] = request.url.slice(request.url.indexOf("/", 8)).split("/");
    if (name === "recorded") {
      recorded = await request.json();
      return new Response(null, { status: 204 });
    }
    const given = request.method === "POST" ? await request.json() : { appointment: id, ticket: id, chat: id };
    given.appointment ??= newId();
    let answers = [];
    let [calls, read, written] = [0, 0, 0];
    for (const { is_batch, statements } of recorded[name]) {
      const prepared = statements.map(({ sql, parameters }) =>
        environment.STORE.prepare(sql).bind(...parameters.map((parameter) => value(parameter, given, answers))),
      );
      answers = is_batch ? await environment.STORE.batch(prepared) : [await prepared[0].all()];
      calls += 1;
      for (const { meta } of answers) {
        read += meta.rows_read;
        written += meta.rows_written;
      }
    }
    const headers = { "server-timing": `store;desc="calls=${calls} read=${read} written=${written}"` };
    return request.method === "POST"
      ? Response.json({ id: given.appointment }, { status: 201, headers })
      : Response.json(answers.map(({ results }) => results), { headers });
  },
};

// A parameter as it was recorded, or from where the recording says: the request, a row of the round trip
// before, the clock, or a new id.
function value(parameter, given, answers) {
  if (parameter === null || typeof parameter !== "object") return parameter;
  if (parameter.given) return given[parameter.given];
  if (parameter.row) return answers[parameter.row[0]].results[0][parameter.row[1]];
  if (parameter.now) return Date.now();
  return newId();
}

// Begins with the time, as the real ids do (UUID version 7), so that new rows lie together.
function newId() {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
