//! Is a hub that makes a mistake found out from its recording, by a judge that makes it too and by one that does not, and in few steps?

use netsession_fsm::hub::{Call, Definition, Hub, Input, LinkReport, Mutant, Report, SessionOptions, Settings};
use netsession_fsm::recording::{End, FORMAT, Header, Line, Step};
use netsession_fsm::words::{AccessPoint, AccessPointId, Cause, ConfigurationState, OperationId, RequestId, SessionId};
use netsession_model::judge::{Fault, recording, shrink};

const LINK: AccessPointId = AccessPointId(0);

fn report(generation: u64, state: ConfigurationState, done: u64) -> Input {
    let done = OperationId(done);
    Input::Report(Report::Link(LinkReport { access_point: LINK, generation, state, done, cause: Cause::Unknown }))
}

fn request(index: u32, number: u32, call: Call) -> Input {
    Input::Request { session: SessionId { index, generation: 0 }, request: RequestId(number), call }
}

/// Four sessions, the last of which opens the link; much else happens before.
fn inputs() -> Vec<Input> {
    let mut inputs = vec![Input::Define(Definition::AccessPoint(LINK, AccessPoint::default()))];
    inputs.push(report(1, ConfigurationState::Discovered, 0));
    for number in 1..5 {
        let options = SessionOptions::default();
        inputs.push(Input::Create { request: RequestId(number), configuration: LINK.into(), options });
        inputs.push(Input::SaveTraffic(number % 2 == 0));
    }
    inputs.push(request(0, 10, Call::Open { choice: None }));
    inputs.push(report(2, ConfigurationState::Active, 1));
    inputs.push(request(0, 11, Call::Close));
    inputs.push(report(3, ConfigurationState::Discovered, 2));
    inputs.push(Input::Drop(SessionId { index: 0, generation: 0 }));
    inputs.push(request(3, 12, Call::Open { choice: None }));
    inputs.push(report(4, ConfigurationState::Active, 3));
    inputs
}

/// What a hub that makes the mistake does; the header tells of it or not.
fn recorded(mutant: Option<Mutant>, is_told: bool) -> Vec<Line> {
    let settings = Settings::default();
    let mut hub = Hub::new(settings);
    hub.set_mutant(mutant);
    let mutant = mutant.filter(|_| is_told).map(|mutant| format!("{mutant:?}"));
    let (program, executors) = ("a test".to_owned(), Vec::new());
    let header = Header { netsession_recording: FORMAT, program, process: 1, started: 0, mutant, settings, executors };
    let mut lines = vec![Line::Header(header)];
    for (number, input) in (1..).zip(inputs()) {
        let mut outputs = Vec::new();
        hub.step(&input, &mut outputs);
        lines.push(Line::Step(Step::of(&hub, number, number, &input, &outputs)));
    }
    lines.push(Line::End(End { steps: inputs().len() as u64, dropped: 0, closed: false }));
    lines
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

fn fault(lines: &[Line]) -> Option<Fault> {
    recording(text(lines).as_bytes(), &mut |_| {}).fault
}

#[test]
fn a_hub_without_a_mistake_is_good() {
    assert_eq!(fault(&recorded(None, true)), None);
    assert_eq!(shrink(text(&recorded(None, true)).as_bytes()), None);
}

#[test]
fn a_promise_that_is_broken_shrinks_to_the_steps_that_break_it() {
    for (mutant, property) in [(Mutant::RepeatsStates, "S7"), (Mutant::ForgetsMonitors, "S8"), (Mutant::ForgetsLease, "S13")] {
        let whole = recorded(Some(mutant), true);
        let broken = |lines: &[Line]| match fault(lines) {
            Some(Fault::Broken { step, breach, .. }) => (step, breach.property),
            other => panic!("{mutant:?}: {other:?}"),
        };
        assert_eq!(broken(&whole).1, property);
        let shrunk = shrink(text(&whole).as_bytes()).unwrap();
        let steps = shrunk.len() as u64 - 2;
        assert_eq!(broken(&shrunk), (steps, property), "the last one");
        assert!(steps <= 8, "{mutant:?}: {shrunk:#?}");
    }
}

#[test]
fn a_judge_without_the_mistake_finds_it_and_the_same_steps_show_it() {
    let whole = recorded(Some(Mutant::RaisesTwice), false);
    assert_eq!(fault(&whole), None, "nobody else came while it was rising");
    let whole = recorded(Some(Mutant::RepeatsStates), false);
    let Some(Fault::Differs { step: first, .. }) = fault(&whole) else { panic!("{:?}", fault(&whole)) };
    let shrunk = shrink(text(&whole).as_bytes()).unwrap();
    let steps = shrunk.len() as u64 - 2;
    assert!(matches!(fault(&shrunk), Some(Fault::Differs { step, .. }) if step == steps && steps <= first), "{shrunk:#?}");
}
