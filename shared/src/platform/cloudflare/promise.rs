//! A JavaScript promise as a future. The one that comes with wasm-bindgen makes two closures for each promise and
//! registers both for finalization, which V8's garbage collector pays for once more. Here one closure, made once an
//! isolate, hears how every promise ended, and knows each by a number.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform/cloudflare.js")]
extern "C" {
    #[wasm_bindgen(js_name = hearOf)]
    fn hear_of(
        promise: js_sys::Promise,
        number: u32,
        settled: &Closure<dyn FnMut(u32, bool, JsValue)>,
    );
}

/// How far a promise is.
enum Stage {
    /// The number is nobody's, and may be given away.
    Free,
    /// It hasn't ended; who waits is woken when it does.
    Waiting(Option<Waker>),
    /// It ended, and nobody has asked yet.
    Ended(Result<JsValue, JsValue>),
    /// Whoever waited has gone: its number is free once it ends.
    Left,
}

struct Promises {
    stages: Vec<Stage>,
    free: Vec<usize>,
}

thread_local! {
    static PROMISES: RefCell<Promises> =
        const { RefCell::new(Promises { stages: Vec::new(), free: Vec::new() }) };
    static SETTLED: Closure<dyn FnMut(u32, bool, JsValue)> = Closure::new(settled);
}

impl Promises {
    fn take_number(&mut self) -> usize {
        let number = self.free.pop().unwrap_or(self.stages.len());
        let waiting = Stage::Waiting(None);
        match self.stages.get_mut(number) {
            Some(stage) => *stage = waiting,
            None => self.stages.push(waiting),
        }
        number
    }

    fn put(&mut self, number: usize, stage: Stage) -> Stage {
        match self.stages.get_mut(number) {
            Some(place) => std::mem::replace(place, stage),
            None => Stage::Free,
        }
    }

    fn free(&mut self, number: usize) {
        self.put(number, Stage::Free);
        self.free.push(number);
    }
}

fn settled(number: u32, is_fulfilled: bool, value: JsValue) {
    let number = number as usize;
    let ended = if is_fulfilled { Ok(value) } else { Err(value) };
    let before = PROMISES.with_borrow_mut(|promises| {
        let before = promises.put(number, Stage::Ended(ended));
        if matches!(before, Stage::Left) {
            promises.free(number);
        }
        before
    });
    if let Stage::Waiting(Some(waker)) = before {
        waker.wake();
    }
}

/// What a promise becomes: its value, or what it was rejected with.
pub(super) struct Promised(usize);

/// The future of a promise.
pub(super) fn promised(promise: js_sys::Promise) -> Promised {
    let number = PROMISES.with_borrow_mut(Promises::take_number);
    #[expect(clippy::cast_possible_truncation, reason = "a module has 32 bits")]
    SETTLED.with(|settled| hear_of(promise, number as u32, settled));
    Promised(number)
}

impl Future for Promised {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let put = |stage| PROMISES.with_borrow_mut(|promises| promises.put(self.0, stage));
        match put(Stage::Waiting(Some(context.waker().clone()))) {
            Stage::Ended(ended) => {
                // For the number to be free once the future goes.
                put(Stage::Ended(Ok(JsValue::UNDEFINED)));
                Poll::Ready(ended)
            }
            Stage::Free | Stage::Waiting(_) | Stage::Left => Poll::Pending,
        }
    }
}

impl Drop for Promised {
    fn drop(&mut self) {
        let before = PROMISES.with_borrow_mut(|promises| {
            let before = promises.put(self.0, Stage::Left);
            // It has ended: nobody will hear of it any more.
            if matches!(before, Stage::Ended(_)) {
                promises.free(self.0);
            }
            before
        });
        // With a waker may go the last of a task, and with it other promises, which want the list for themselves.
        drop(before);
    }
}
