//! Does the judge find what is wrong? Sound traces of the simulator, spoiled in every way.

use super::*;
use netsession_backends::client::Client;
use netsession_backends::sim::{Behaviour, Network};
use netsession_fsm::hub::{Command, Notice, SessionOptions};
use netsession_fsm::words::{AccessPoint, AccessPointId, ExecutorId, OfferId};
use netsession_model::judge::Judge;
use std::time::Duration;

/// Opened, opened again and closed, on the simulator.
async fn recorded() -> Vec<Step> {
    let (network, recorder) = (Network::new(7), Recorder::default());
    network.add(AccessPointId(0), Behaviour::default());
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0))).tap(recorder.tap());
    builder.access_point("wlan", AccessPoint::default());
    let client = builder.start().await.unwrap();
    let session = client.session("wlan", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    session.open().await.unwrap();
    session.close().await.unwrap();
    assert!(matches!(recorder.judge(Settings::default()), Err(Fault::Truncated(_))), "it goes on");
    drop(session);
    client.shutdown().await;
    while !recorder.has_ended() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(recorder.judge(Settings::default()).unwrap() > 5);
    recorder.steps()
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_is_not_whole_is_a_fault() {
    let steps = recorded().await;
    assert_eq!(judge(Settings::default(), &[]), Err(Fault::Empty));
    let at = |fits: fn(&Input) -> bool| steps.iter().position(|(input, _)| fits(input)).unwrap();
    let (created, dropped) = (at(|input| matches!(input, Input::Create { .. })), at(|input| matches!(input, Input::Drop(_))));
    for length in created + 1..=dropped {
        assert!(matches!(judge(Settings::default(), &steps[..length]), Err(Fault::Unfinished(_))), "cut after {length}");
    }
    let matters = |step: &Step| step.1.iter().any(|output| !matches!(output, Output::Answer { .. }));
    for (at, step) in steps[..=dropped].iter().enumerate().filter(|(_, step)| matters(step)) {
        let mut other = steps.clone();
        other.remove(at);
        assert!(judge(Settings::default(), &other).is_err(), "without {step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_is_not_the_machines_is_a_fault() {
    let steps = recorded().await;
    for at in 0..steps.len() {
        for output in 0..steps[at].1.len() {
            let mut other = steps.clone();
            other[at].1.remove(output);
            assert!(
                matches!(judge(Settings::default(), &other), Err(Fault::Differs { step, .. }) if step == at as u64 + 1),
                "{:?}",
                steps[at]
            );
        }
    }
}

/// What is found broken if every batch is spoiled before it is looked at, as by a hub that does so.
fn broken(steps: &[Step], spoil: impl Fn(&mut Vec<Output>)) -> Option<&'static str> {
    let mut judge = Judge::new(Settings::default());
    steps.iter().find_map(|(input, outputs)| {
        let mut outputs = outputs.clone();
        judge.answer(input);
        spoil(&mut outputs);
        judge.look(input, &outputs).err().map(|breach| breach.property)
    })
}

#[tokio::test(start_paused = true)]
async fn every_promise_can_be_broken() {
    let steps = recorded().await;
    let twice = |fits: fn(&Output) -> bool| {
        broken(&steps, move |outputs| {
            let again: Vec<_> = outputs.iter().filter(|output| fits(output)).cloned().collect();
            outputs.extend(again);
        })
    };
    let without = |fits: fn(&Output) -> bool| broken(&steps, move |outputs| outputs.retain(|output| !fits(output)));
    assert_eq!(broken(&steps, |_| {}), None);
    assert_eq!(twice(|output| matches!(output, Output::Answer { .. })), Some("S2"));
    assert_eq!(twice(|output| matches!(output, Output::Command(Command::Raise { .. }))), Some("S5"));
    assert_eq!(twice(|output| matches!(output, Output::Notice { .. })), Some("S8"));
    assert_eq!(without(|output| matches!(output, Output::Notice { notice: Notice::Opened, .. })), Some("S8"));
    let again = broken(&steps, |outputs| {
        let last = outputs.iter().rev().find_map(|output| match output {
            Output::Notice { session, sequence, notice: Notice::StateChanged(state) } => Some((*session, *sequence, *state)),
            _ => None,
        });
        if let Some((session, sequence, state)) = last {
            outputs.push(Output::Notice { session, sequence: sequence + 1, notice: Notice::StateChanged(state) });
        }
    });
    assert_eq!(again, Some("S7"));
    let early = broken(&steps, |outputs| {
        for output in outputs {
            if let Output::Notice { notice: notice @ Notice::StateChanged(_), .. } = output {
                *notice = Notice::NewConfigurationActivated { offer: OfferId(1), access_point: AccessPointId(0) };
            }
        }
    });
    assert_eq!(early, Some("S17"));
}
