//! What is a client told that cannot get at a broker? What is wrong, and what to do.

mod rig;
#[allow(dead_code, reason = "one script for several tests")]
mod script;

use netsession_broker::client::{Bus, ConnectError, Connection, connect};
use rig::{PrivateBus, eventually};
use script::{Script, State};
use std::time::Duration;

fn at(bus: &PrivateBus) -> Bus {
    Bus::Address(bus.address.clone())
}

#[tokio::test]
async fn without_a_bus() {
    let error = connect(Bus::Address("unix:path=/nonexistent/bus".into())).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoBus { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot connect to the bus at unix:path=/nonexistent/bus: "), "{error}");
}

#[tokio::test]
async fn without_a_broker() {
    let bus = PrivateBus::start();
    drop(bus.connect().await);
    let error = connect(at(&bus)).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoBroker { .. }), "{error}");
    assert!(error.to_string().contains("start it with `systemctl start netsession`"), "{error}");
}

/// It goes in the middle of the first question: the next one answers.
#[tokio::test]
async fn with_a_broker_that_goes_meanwhile() {
    let bus = PrivateBus::start();
    let first = Script::start(&bus, State { mute: vec!["GetConfigurations"], ..State::new() }).await;
    let connecting = tokio::spawn(connect(at(&bus)));
    eventually("it is asked", || first.calls().iter().any(|(_, method)| method == "GetConfigurations")).await;
    first.die().await;
    let _second = Script::start(&bus, State::new()).await;
    let client = connecting.await.unwrap().unwrap();
    assert_eq!(client.configurations().len(), 3);
    client.shutdown().await;
}

#[tokio::test]
async fn with_a_broker_that_goes_and_is_the_last() {
    let bus = PrivateBus::start();
    let first = Script::start(&bus, State { mute: vec!["GetConfigurations"], ..State::new() }).await;
    let to = Connection { bus: at(&bus), patience: Duration::from_secs(2) };
    let connecting = tokio::spawn(connect(to));
    eventually("it is asked", || first.calls().iter().any(|(_, method)| method == "GetConfigurations")).await;
    first.die().await;
    let error = connecting.await.unwrap().unwrap_err();
    assert_eq!(error, ConnectError::WentAway);
    assert!(error.to_string().contains("no other one came in time"), "{error}");
}

#[tokio::test]
async fn with_a_broker_that_is_too_old() {
    let bus = PrivateBus::start();
    let _broker = Script::start(&bus, State { version: 0, ..State::new() }).await;
    let error = connect(at(&bus)).await.unwrap_err();
    assert_eq!(error, ConnectError::TooOld { version: 0, needed: 1 });
}

#[tokio::test]
async fn refused_by_the_policy_of_the_bus() {
    let bus = PrivateBus::with_policy("<deny send_destination=\"org.netsession.Broker1\" send_type=\"method_call\"/>");
    let _broker = Script::start(&bus, State::new()).await;
    let error = connect(at(&bus)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("see its policy in"), "{error}");
}
