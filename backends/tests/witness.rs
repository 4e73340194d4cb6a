//! Does a witness see each moment before it goes on, and does an answer that is a call come right after it?

mod lab;

use lab::{USABLE, WLAN};
use netsession_backends::client::port::{Answer, Request};
use netsession_backends::client::{Client, Witness};
use netsession_backends::drive::Committed;
use netsession_backends::executor::Carrier;
use netsession_backends::sim::Network;
use netsession_fsm::hub::{Call, Command, Input, Notice, Output, SessionOptions};
use netsession_fsm::words::{AccessPoint, AccessPointId, ExecutorId, SessionId, SessionState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Log = Arc<Mutex<Vec<String>>>;

/// Writes down what it sees, and what it can read at that moment.
struct Writer {
    log: Log,
    network: Network,
}

impl Witness for Writer {
    fn stepped(&mut self, _: &Input, outputs: &[Output], now: &Committed<'_>) {
        let mut log = self.log.lock().unwrap();
        for output in outputs {
            match output {
                Output::Command(Command::Raise { .. }) => {
                    assert_eq!(now.configuration(WLAN.into()).map(|it| it.carrier), Some(None));
                    assert_eq!(self.network.tally(WLAN).raises, 0, "nothing is carried out yet");
                    log.push("raise".to_owned());
                }
                Output::Notice { session, notice: Notice::StateChanged(state), .. } => {
                    assert_eq!(now.hub().snapshot(*session).map(|snapshot| snapshot.state), Some(*state));
                    assert_eq!(now.carrier(WLAN).is_some(), *state == SessionState::Connected);
                    log.push(format!("{state:?}"));
                }
                _ => {}
            }
        }
    }

    fn told(&mut self, id: AccessPointId, now: &Committed<'_>) {
        let interface = now.carrier(id).map(|carrier| carrier.interface.clone());
        self.log.lock().unwrap().push(format!("{:?} has {interface:?}", now.name_of(id.into())));
    }
}

#[tokio::test(start_paused = true)]
async fn each_moment_is_seen_before_it_goes_on() {
    let (log, network) = (Log::default(), Network::new(1));
    let witness = Writer { log: Arc::clone(&log), network: network.clone() };
    let mut builder = Client::builder().witness(Box::new(witness)).executor(network.executor(ExecutorId(0)));
    builder.access_point("wlan", AccessPoint::default());
    network.add(WLAN, USABLE);
    let client = builder.start().await.unwrap();
    log.lock().unwrap().clear();
    let port = client.port();
    let created: Arc<Mutex<Option<SessionId>>> = Arc::default();
    let keep = Arc::clone(&created);
    let answer = Answer::call(move |result| {
        *keep.lock().unwrap() = result.ok();
        true
    });
    port.send(Request::Create { configuration: WLAN.into(), options: SessionOptions::default(), answer });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let session = created.lock().unwrap().unwrap();
    let told = Arc::clone(&log);
    let answer = Answer::call(move |result| {
        told.lock().unwrap().push(format!("answer {result:?}"));
        true
    });
    port.send(Request::Call { session, call: Call::Open { choice: None }, answer: Some(answer) });
    tokio::time::sleep(Duration::from_secs(1)).await;
    network.renumber(WLAN, Carrier { interface: "other0".to_owned(), ..Carrier::default() });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let seen = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(seen, ["raise", "Connecting", "Connected", "answer Ok(())", "Some(\"wlan\") has Some(\"other0\")"]);
    client.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_nobody_takes_is_dropped_again() {
    let network = Network::new(1);
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    builder.access_point("wlan", AccessPoint::default());
    network.add(WLAN, USABLE);
    let client = builder.start().await.unwrap();
    let port = client.port();
    let given: Arc<Mutex<Option<SessionId>>> = Arc::default();
    let keep = Arc::clone(&given);
    let answer = Answer::call(move |result| {
        *keep.lock().unwrap() = result.ok();
        false
    });
    port.send(Request::Create { configuration: WLAN.into(), options: SessionOptions::default(), answer });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let session = given.lock().unwrap().expect("it was created");
    assert_eq!(port.snapshot(session), None);
    client.shutdown().await;
}
