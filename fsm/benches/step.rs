//! What does a step through the chart cost against a `match` written by hand, and does it allocate?
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench reads the clock")]

use core::hint::black_box;
use netsession_fsm::session::{Hold, HoldEffect, HoldEvent, HoldMemory, Prospect};
use netsession_fsm::step::{Chart, Effects, Verdict};
use netsession_fsm::words::{Cause, ErrorKind};
use std::time::Instant;

/// The ratio that may not be exceeded.
const TARGET: f64 = 1.5;
const ROUNDS: usize = 200;
const REPEATS: usize = 2_000;

/// The chart of `session` as one `match`: what one would write without superstates, exit and entry.
#[inline]
fn by_hand(hold: &mut Hold, event: &HoldEvent, effects: &mut Effects<HoldEffect>) -> Verdict {
    let (next, verdict) = match (*hold, event) {
        (Hold::Free, HoldEvent::OpenRequested(Prospect::Nothing(kind, cause))) => {
            effects.push(HoldEffect::Queue);
            effects.push(HoldEffect::OpenFailed(*kind, *cause));
            (Hold::Free, Verdict::Stayed)
        }
        (Hold::Free, HoldEvent::OpenRequested(Prospect::Down)) => {
            effects.push(HoldEffect::Queue);
            effects.push(HoldEffect::Attempt);
            (Hold::Wanting, Verdict::Moved)
        }
        (Hold::Free, HoldEvent::OpenRequested(Prospect::Up)) => {
            effects.push(HoldEffect::Queue);
            effects.push(HoldEffect::Join);
            effects.push(HoldEffect::Opened);
            (Hold::Held, Verdict::Moved)
        }
        (Hold::Wanting, HoldEvent::OpenRequested(_)) => {
            effects.push(HoldEffect::Queue);
            (Hold::Wanting, Verdict::Stayed)
        }
        (Hold::Wanting, HoldEvent::LinkUp) => {
            effects.push(HoldEffect::Opened);
            effects.push(HoldEffect::DisarmTimeout);
            (Hold::Held, Verdict::Moved)
        }
        (Hold::Wanting, HoldEvent::AttemptFailed { more: true }) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Attempt);
            (Hold::Wanting, Verdict::Stayed)
        }
        (Hold::Wanting, HoldEvent::AttemptFailed { more: false }) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Exhausted);
            effects.push(HoldEffect::DisarmTimeout);
            (Hold::Free, Verdict::Moved)
        }
        (Hold::Wanting, HoldEvent::CloseRequested | HoldEvent::StopRequested) => {
            effects.push(HoldEffect::OpenCancelled);
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Closed);
            effects.push(HoldEffect::DisarmTimeout);
            (Hold::Free, Verdict::Moved)
        }
        (Hold::Wanting, HoldEvent::Aborted(cause)) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::OpenFailed(ErrorKind::SessionAborted, *cause));
            effects.push(HoldEffect::DisarmTimeout);
            (Hold::Free, Verdict::Moved)
        }
        (Hold::Held, HoldEvent::OpenRequested(_)) => {
            effects.push(HoldEffect::AnswerOpen);
            (Hold::Held, Verdict::Stayed)
        }
        (Hold::Held, HoldEvent::CloseRequested | HoldEvent::StopRequested) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Closed);
            (Hold::Free, Verdict::Moved)
        }
        (Hold::Held, HoldEvent::Lost(kind, cause)) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Closed);
            effects.push(HoldEffect::HoldFailed(*kind, *cause));
            (Hold::Free, Verdict::Moved)
        }
        (Hold::Held, HoldEvent::Aborted(cause)) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Closed);
            effects.push(HoldEffect::HoldFailed(ErrorKind::SessionAborted, *cause));
            (Hold::Free, Verdict::Moved)
        }
        (
            Hold::Free,
            HoldEvent::LinkUp
            | HoldEvent::AttemptFailed { .. }
            | HoldEvent::CloseRequested
            | HoldEvent::StopRequested
            | HoldEvent::Lost(..)
            | HoldEvent::Aborted(_),
        )
        | (Hold::Wanting, HoldEvent::Lost(..))
        | (Hold::Held, HoldEvent::LinkUp | HoldEvent::AttemptFailed { .. }) => return Verdict::Ignored,
    };
    *hold = next;
    verdict
}

#[inline]
fn by_chart(hold: &mut Hold, event: &HoldEvent, effects: &mut Effects<HoldEffect>) -> Verdict {
    HoldMemory.step(hold, event, effects)
}

type Step = fn(&mut Hold, &HoldEvent, &mut Effects<HoldEffect>) -> Verdict;

/// A life of a session that takes every way there is, again and again.
fn life() -> Vec<HoldEvent> {
    let (down, up) = (HoldEvent::OpenRequested(Prospect::Down), HoldEvent::OpenRequested(Prospect::Up));
    let lost = HoldEvent::Lost(ErrorKind::SessionAborted, Cause::CarrierLost);
    let nothing = HoldEvent::OpenRequested(Prospect::Nothing(ErrorKind::InvalidConfiguration, Cause::NotAvailable));
    vec![
        nothing,
        down,
        down,
        HoldEvent::LinkUp,
        up,
        HoldEvent::LinkUp,
        HoldEvent::CloseRequested,
        HoldEvent::CloseRequested,
        up,
        lost,
        down,
        HoldEvent::AttemptFailed { more: true },
        HoldEvent::AttemptFailed { more: false },
        down,
        HoldEvent::CloseRequested,
        up,
        HoldEvent::Aborted(Cause::Stopped),
        down,
        HoldEvent::Aborted(Cause::Stopped),
        up,
        HoldEvent::StopRequested,
    ]
}

/// Nanoseconds per step of one round.
#[inline(always)]
fn round(events: &[HoldEvent], step: impl Fn(&mut Hold, &HoldEvent, &mut Effects<HoldEffect>) -> Verdict) -> f64 {
    let mut hold = Hold::Free;
    let begin = Instant::now();
    for _ in 0..REPEATS {
        for event in events {
            let mut effects = Effects::new();
            black_box(step(black_box(&mut hold), black_box(event), &mut effects));
            black_box(&effects);
        }
    }
    begin.elapsed().as_nanos() as f64 / (REPEATS * events.len()) as f64
}

fn main() {
    let events = life();
    let run = |step: Step| {
        let mut hold = Hold::Free;
        let mut seen = Vec::new();
        for event in &events {
            let mut effects = Effects::new();
            let verdict = step(&mut hold, event, &mut effects);
            seen.push((verdict, hold, effects));
        }
        seen
    };
    assert_eq!(run(by_hand), run(by_chart), "the two are not the same machine");

    let taken = allocation_counter::measure(|| {
        black_box(round(&events, by_chart));
    });
    assert_eq!(taken.count_total, 0, "a step allocates");

    // In turn, so that a change of the processor's speed hits both; the best round of each is the least disturbed.
    let (mut chart, mut hand) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        chart = chart.min(round(&events, by_chart));
        hand = hand.min(round(&events, by_hand));
    }
    let ratio = chart / hand;
    println!("session step, {} events, best of {ROUNDS} rounds", events.len());
    println!("  by chart      {chart:7.2} ns/step, 0 allocations");
    println!("  by hand       {hand:7.2} ns/step");
    println!("  ratio         {ratio:7.2}   target {TARGET}: {}", if ratio <= TARGET { "met" } else { "missed" });
}
