//! What becomes of a session when something happens while there is no broker? It hears of it by the ordinary changes.

use crate::phase::{At, Gone, arrived, ask, go, session, told};
use crate::rig::{Ground, Rig, active, client, until};
use netsession::fsm::hub::Call;
use netsession::{ErrorKind, Mode, Notice, OfferKind, Phase, SessionOptions};
use netsession_conformance::lab::{Lab, Outcome};

/// Somebody else takes the link away.
async fn take_away(rig: &Rig) -> Outcome {
    rig.lab.wire.set_up("wifi0", false).await?;
    Ok(())
}

/// NetworkManager has its devices up, and leaves down what others set down.
async fn give_back(rig: &Rig) -> Outcome {
    if rig.nm.is_some() {
        rig.lab.wire.set_up("wifi0", true).await?;
    }
    rig.as_found().await
}

/// NetworkManager starts anew between two brokers: nothing is interrupted.
pub(crate) async fn daemon_starts_anew(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, At::Held).await?;
    let Gone { traffic, .. } = go(&mut rig, &session, At::Held).await?;
    let mut changes = session.changes();
    rig.kill(broker).await?;
    rig.nm.as_mut().ok_or("no daemon")?.restart().await?;
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
    let broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, At::Held).await?;
    drop(go(&mut rig, &session, At::Held).await?);
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
    // why, the broker said when nobody could hear it: before it had its name
    assert_eq!(errors[0].kind, ErrorKind::SessionAborted, "{said:?}");
    give_back(&rig).await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}
