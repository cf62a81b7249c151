#!/usr/bin/env node
// Takes out of a built module what prints backtraces: anyhow (jwt-simple's errors) links it, with the standard
// library's reader of mangled names, and in an isolate there is none to print, for nothing there sets RUST_BACKTRACE. With
// them goes how an error of anyhow's is printed for debugging: only a panic asks for that, and a panic is a trap here.
// Traps stay in its functions' place; wasm-opt then removes what only they used, a thirtieth of each module.
// tools/without-backtraces.mjs FROM TO   (needs the module's names: before they are stripped)
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const PRINTS_BACKTRACES =
  /rustc_demangle|::backtrace_rs::(print|symbolize)|::backtrace::Backtrace as core.*::fmt::Display|anyhow::error::ErrorImpl>::debug/;

const [from, to] = process.argv.slice(2);
const module = binaryen.readBinary(readFileSync(from));
binaryen.setDebugInfo(true);
for (let index = 0; index < module.getNumFunctions(); index++) {
  const reference = module.getFunctionByIndex(index);
  const { name, base } = binaryen.getFunctionInfo(reference);
  // An imported one has no body.
  if (!base && PRINTS_BACKTRACES.test(name)) binaryen.Function.setBody(reference, module.unreachable());
}
writeFileSync(to, module.emitBinary());
