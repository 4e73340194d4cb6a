//! What becomes of a session when something happens while there is no broker? It hears of it by the ordinary changes.

use crate::phase::{At, Gone, arrived, ask, go, session, told};
use crate::program::without_a_file;
use crate::rig::{Ground, NAME, Rig, active, client, until};
use futures::StreamExt as _;
use netsession::fsm::hub::Call;
use netsession::{Cause, ErrorKind, Mode, Notice, OfferKind, Phase, SessionOptions};
use netsession_broker::client::Bus as Place;
use netsession_conformance::lab::{Lab, Outcome};
use std::collections::BTreeSet;
use zbus::message::Type;
use zbus::{Message, MessageStream};

/// Somebody else takes the link away.
async fn take_away(rig: &Rig) -> Outcome {
    rig.lab.wire.set_up("wifi0", false).await?;
    Ok(())
}

/// Daemons have their devices up, and leave down what others set down.
async fn give_back(rig: &Rig) -> Outcome {
    if rig.keeper.is_some() {
        rig.lab.wire.set_up("wifi0", true).await?;
    }
    rig.as_found().await
}

/// NetworkManager starts anew between two brokers: nothing is interrupted.
pub(crate) async fn daemon_starts_anew(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, At::Held).await?;
    let Gone { traffic, .. } = go(&mut rig, &mut broker, &session, At::Held).await?;
    let mut changes = session.changes();
    rig.kill(broker).await?;
    rig.keeper.as_mut().ok_or("no daemon")?.restart().await?;
    let broker = rig.broker().await?;
    client.refresh().await?;
    arrived(traffic.ok_or("no traffic")?).await?;
    let said = told(&mut changes);
    assert!(session.is_open() && !said.iter().any(|notice| matches!(notice, Notice::Closed | Notice::Error(_))), "{said:?}");
    session.close().await?;
    rig.as_found().await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}

/// The link is gone when the next broker comes: what is left is offered.
pub(crate) async fn what_is_left_is_offered(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, At::Held).await?;
    drop(go(&mut rig, &mut broker, &session, At::Held).await?);
    let mut changes = session.changes();
    rig.kill(broker).await?;
    take_away(&rig).await?;
    let broker = rig.broker().await?;
    let offer = until(&session, "Offered", |now| now.phase == Phase::Offered).await?.offer.ok_or("no offer")?;
    assert_eq!((offer.kind, client.name(offer.access_point).as_deref()), (OfferKind::Downgrade, Some("lte")));
    ask(&session, Call::Migrate(offer.id));
    until(&session, "Trial", |now| now.phase == Phase::Trial).await?;
    session.call(Call::Accept(offer.id)).await?;
    until(&session, "Stable", |now| now.open && now.phase == Phase::Stable).await?;
    assert_eq!(active(&session).as_deref(), Some("lte"));
    let said = told(&mut changes);
    assert!(!said.iter().any(|notice| matches!(notice, Notice::Closed | Notice::Error(_))), "{said:?}");
    session.close().await?;
    give_back(&rig).await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}

/// The link is gone when the next broker comes, and there is no other: the session is lost.
pub(crate) async fn what_is_lost_is_told(lab: Lab, ground: Ground) -> Outcome {
    let rig = Rig::new(lab, ground).await?;
    let broker = rig.broker().await?;
    let client = client().await?;
    let session = client.session("wifi", SessionOptions { mode: Mode::Off, ..SessionOptions::default() }).await?;
    session.open().await?;
    let mut changes = session.changes();
    rig.kill(broker).await?;
    take_away(&rig).await?;
    let broker = rig.broker().await?;
    until(&session, "closed", |now| !now.open).await?;
    client.refresh().await?;
    let said = told(&mut changes);
    let closed = said.iter().filter(|notice| matches!(notice, Notice::Closed)).count();
    let errors: Vec<_> = said.iter().filter_map(|notice| if let Notice::Error(error) = notice { Some(error) } else { None }).collect();
    assert_eq!((closed, errors.len()), (1, 1), "{said:?}");
    assert_eq!(errors[0].kind, ErrorKind::SessionAborted, "{said:?}");
    // it depends on how far NetworkManager is; ConnMan has no service of an interface that is down
    let known = match ground {
        Ground::Netlink => &[Cause::TakenDown][..],
        Ground::NetworkManager | Ground::Applied => &[Cause::TakenDown, Cause::CarrierLost],
        Ground::Connman => &[Cause::TakenDown, Cause::Vanished],
    };
    assert!(known.contains(&errors[0].cause), "{said:?}");
    give_back(&rig).await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}

/// The bus and the broker die at the same moment, and with the bus whoever had a name there: sessions are lost, and the next broker puts
/// back what they held. Who is still there comes back.
pub(crate) async fn bus_dies_with_it(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, At::Trial).await?;
    drop(go(&mut rig, &mut broker, &session, At::Trial).await?);
    let mut changes = session.changes();
    rig.bus.daemon().freeze()?;
    broker.kill().await?;
    rig.bus.daemon().kill().await?;
    until(&session, "closed", |now| !now.open).await?;
    let said = told(&mut changes);
    let errors: Vec<_> = said.iter().filter_map(|notice| if let Notice::Error(error) = notice { Some(error) } else { None }).collect();
    assert_eq!(errors.iter().map(|error| (error.kind, error.cause)).collect::<Vec<_>>(), [(ErrorKind::SessionAborted, Cause::BackendGone)]);
    rig.bus_again().await?;
    let broker = rig.broker().await?;
    rig.as_found().await?;
    client.refresh().await?;
    session.open().await?;
    assert_eq!(active(&session).as_deref(), Some("wifi"));
    session.close().await?;
    rig.as_found().await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}

/// A program begins in the very moment in which the broker goes: when it has seen that there is one, or with the first thing it asks. The
/// next one serves it.
pub(crate) async fn program_begins_in_that_moment(lab: Lab, ground: Ground) -> Outcome {
    let rig = Rig::new(lab, ground).await?;
    for when_asked in [false, true] {
        let first = Place::System.connect().await?;
        let mut heard = MessageStream::from(&first);
        let bus = Some("org.freedesktop.DBus");
        let rule = "type='signal',member='NameOwnerChanged'";
        first.call_method(bus, "/org/freedesktop/DBus", bus, "AddMatch", &rule).await?;
        first.request_name(NAME).await?;
        let mut program = without_a_file(&["open", "--json", "wifi", "--", "cat"])?;
        let mut came = BTreeSet::new();
        loop {
            let message = heard.next().await.ok_or("the bus is gone")??;
            let asked = message.message_type() == Type::MethodCall;
            if asked == when_asked && (asked || has_left(&message, &mut came)) {
                break;
            }
        }
        drop(heard);
        first.close().await?;
        rig.bus.name(NAME, false).await?;
        let broker = rig.broker().await?;
        assert_eq!(program.event("connected").await?["access_point"], "wifi");
        drop(program.input.take());
        program.ends_with(0).await?;
        rig.end(broker).await?;
    }
    Ok(())
}

/// Whether a connection left that had come before: that with which a program asks whether there is a broker.
fn has_left(message: &Message, came: &mut BTreeSet<String>) -> bool {
    match message.body().deserialize::<(String, String, String)>() {
        Ok((name, before, _)) if before.is_empty() => !came.insert(name),
        Ok((name, _, now)) => now.is_empty() && came.contains(&name),
        Err(_) => false,
    }
}
