//! What do sessions that share links do to each other (SPEC §7)? Played on every executor.

use super::failure;
use super::said::Said::{Closed, Error, Offer, Opened, State};
use super::scene::{OPEN, taken};
use super::stage::{Stage, Terms, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, FOUND_UP, Rig, USABLE};
use netsession_fsm::words::ErrorKind::InvalidConfiguration;
use netsession_fsm::words::OfferKind::Upgrade;
use netsession_fsm::words::SessionState::{Closing, Connected, Connecting, Disconnected};
use netsession_fsm::words::{Cause, ConfigurationState, Mode};

/// §7.1 · a link's holders are exactly the sessions that lease it, by whichever configuration; it is lowered when the last lease is gone.
pub async fn the_last_lease_lowers_the_link<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    let (mut two, mut three) = (stage.session("net", Mode::Off).await?, stage.session("net", Mode::Off).await?);
    one.session.open().await?;
    one.says(&OPEN).await?;
    for other in [&mut two, &mut three] {
        other.says(&[State(Connecting), State(Connected)]).await?;
        other.session.open().await?;
        other.says(&[Opened]).await?;
    }
    let holders = |who: &[&super::Watched]| {
        stage.client.configuration("ap0").is_ok_and(|it| it.holders == who.iter().map(|it| it.session.id()).collect::<Vec<_>>())
    };
    stage.comes("three holders", || holders(&[&one, &two, &three])).await?;
    two.session.close().await?;
    two.says(&[Closed]).await?;
    stage.comes("two holders", || holders(&[&one, &three])).await?;
    three.session.close().await?;
    three.says(&[Closed]).await?;
    stage.comes("one holder", || holders(&[&one])).await?;
    assert!(stage.rig.is_up(0).await?);
    assert_eq!(stage.commands(0), (1, 0));
    one.session.close().await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    for other in [&mut two, &mut three] {
        other.says(&[State(Disconnected)]).await?;
    }
    assert!(!stage.rig.is_up(0).await?);
    stage.comes("no holder", || holders(&[])).await?;
    stage.finish([one, two, three]).await
}

/// §7.1 · … and we raised it: one that was up before stays up when the last lease is gone.
pub async fn what_was_up_is_nobodys_to_lower<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[FOUND_UP]).await?;
    let (mut one, mut two) = (stage.session("ap0", Mode::Off).await?, stage.session("net", Mode::Off).await?);
    for session in [&mut one, &mut two] {
        session.session.open().await?;
        session.says(&[Opened]).await?;
    }
    for session in [&mut one, &mut two] {
        session.session.close().await?;
        session.says(&[Closed]).await?;
    }
    stage.settled().await?;
    assert!(stage.rig.is_up(0).await?);
    assert_eq!(stage.commands(0).1, 0);
    stage.finish([one, two]).await
}

/// §7.3 · a candidate on a radio whose current access point others hold is not offered, until they let go.
pub async fn a_radio_that_others_hold_is_not_offered<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    let mut two = stage.session("net", Mode::Off).await?;
    two.session.open().await?;
    two.says(&[Opened]).await?;
    stage.mend(0).await?;
    stage.becomes(0, |state| state == ConfigurationState::Discovered).await?;
    stage.settled().await?;
    one.is_silent()?;
    two.session.close().await?;
    two.says(&[Closed]).await?;
    one.says(&[Offer(id(0), Upgrade, false)]).await?;
    taken(&one).await?.ignore();
    stage.settled().await?;
    stage.finish([one, two]).await
}

/// §7.3 · opening an access point whose radio others hold through another one is refused.
pub async fn a_radio_that_others_hold_is_not_opened<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[USABLE, USABLE]).await?;
    let (mut one, mut two) = (stage.session("ap1", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    one.session.open().await?;
    one.says(&OPEN).await?;
    assert_eq!(failure(two.session.open().await), (InvalidConfiguration, Cause::RadioBusy, "ap0".into()));
    two.says(&[Error(InvalidConfiguration, Cause::RadioBusy)]).await?;
    assert_eq!((two.session.state(), stage.commands(0)), (Disconnected, (0, 0)));
    assert!(stage.rig.is_up(1).await? && one.session.is_open());
    stage.finish([one, two]).await
}

/// §7.4 · the default route is that of the best link in use, whoever came first.
pub async fn the_best_link_in_use_has_the_default_route<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let (mut one, mut two) = (stage.session("ap1", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.routes(1).await?;
    two.session.open().await?;
    two.says(&OPEN).await?;
    stage.routes(0).await?;
    two.session.close().await?;
    two.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    stage.routes(1).await?;
    stage.finish([one, two]).await
}

/// §7.4 · with no open session the default route is as it was found.
pub async fn the_default_route_goes_back_as_found<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, FOUND_UP]).await?;
    let found = stage.rig.default_route().await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.routes(0).await?;
    stage.comes("what clients are told of it", || stage.client.default_route() == Some(id(0))).await?;
    one.session.close().await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    stage.comes("what clients are told of it", || stage.client.default_route().is_none()).await?;
    assert_eq!(stage.rig.default_route().await?, found);
    stage.finish([one]).await
}
