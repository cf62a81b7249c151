-- Whether a session stands is asked by a SELECT that fails (shared/src/standing.rs): the view that refused goes.

DROP VIEW session_stands;
