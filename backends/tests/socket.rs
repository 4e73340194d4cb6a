//! Do applications get sockets on the carriers of their sessions (SPEC §7.4)? On simulated links that are the loopback interface.
#![cfg(target_os = "linux")]

mod lab;

use lab::{LTE, USABLE, WLAN, lab, millis, offer, on_lte};
use netsession_backends::bind::BindError;
use netsession_backends::client::{Family, Side, SocketError, SocketKind};
use netsession_backends::executor::Carrier;

fn loopback() -> Carrier {
    Carrier { interface: "lo".into(), index: 1, ..Carrier::default() }
}

#[tokio::test(start_paused = true)]
async fn each_side_has_a_socket_on_its_own_carrier() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.renumber(LTE, loopback());
    lab.network.appear(WLAN);
    let trial = offer(&session).await.migrate().await.unwrap();
    millis(1).await;
    let active = session.socket(SocketKind::Stream, Family::Inet).await.unwrap();
    assert_eq!(active.device().unwrap().as_deref(), Some(b"lo".as_slice()));
    assert_eq!((active.r#type().unwrap(), active.domain().unwrap()), (socket2::Type::STREAM, socket2::Domain::IPV4));
    assert!(active.nonblocking().unwrap());
    let error = trial.socket(SocketKind::Datagram, Family::Inet6).await.unwrap_err();
    assert!(matches!(error, SocketError::Bind(BindError::NoInterface)), "{error}");
    lab.network.renumber(WLAN, loopback());
    millis(1).await;
    let candidate = trial.socket(SocketKind::Datagram, Family::Inet6).await.unwrap();
    assert_eq!((candidate.r#type().unwrap(), candidate.domain().unwrap()), (socket2::Type::DGRAM, socket2::Domain::IPV6));
    lab.network.cut(WLAN);
    millis(1).await;
    let error = trial.socket(SocketKind::Datagram, Family::Inet).await.unwrap_err();
    assert!(matches!(error, SocketError::NoCarrier(Side::Candidate)), "{error}");
    assert_eq!(error.to_string(), "the session has no candidate carrier now: wait until a trial begins");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_not_connected_has_none() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    let error = session.socket(SocketKind::Stream, Family::Inet).await.unwrap_err();
    assert!(matches!(error, SocketError::NoCarrier(Side::Active)), "{error}");
}
