//! Is what a killed process left with NetworkManager taken over, and nothing of it left behind in the end? (C13)

use crate::route::fixed_v4;
use crate::setup::{LTE, Rest, Result, Rig, WIFI, echo, profile};
use netsession_backends::executor::Left;
use netsession_backends::networkmanager::{NetworkManager, Options, Profile};
use netsession_conformance::adoption::{Ground, Next};
use netsession_conformance::lab::daemons::{Keyfile, NetworkManagerOptions};
use netsession_conformance::lab::{Death, Deed, Lab, Outcome, Plug};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Discovered};

/// Links of these profiles, the first of which is preferred.
fn ground(profiles: Vec<Profile>) -> Ground<impl Fn() -> Result<NetworkManager> + Clone + Send + use<>> {
    let access_points = profiles.iter().map(|profile| profile.access_point).collect();
    Ground { make: move || Ok(NetworkManager::new(Options::default(), profiles.clone())?), access_points }
}

const ONE: Deed<NetworkManager> = |bench| {
    Box::pin(async {
        bench.up(WIFI).await?;
        let op = bench.prefer(Some(WIFI));
        bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
    })
};

const BOTH: Deed<NetworkManager> = |bench| {
    Box::pin(async {
        ONE(bench).await?;
        Ok(bench.up(LTE).await.map(drop)?)
    })
};

const THERE_AND_BACK: Deed<NetworkManager> = |bench| {
    Box::pin(async {
        ONE(bench).await?;
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        Ok(())
    })
};

const STOP: Deed<NetworkManager> = |bench| {
    Box::pin(async {
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        Ok(())
    })
};

/// A rig beside a link of somebody else that has the default routes.
async fn beside(lab: Lab, make: impl Fn(&str, &Plug) -> Keyfile) -> Result<Rig> {
    let home = lab.plug_in("home0", 3).await?;
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), make).await?;
    rig.home(&home, 700).await?;
    Ok(rig)
}

pub(crate) async fn links_carry_on_and_are_put_back(lab: Lab) -> Outcome {
    let rig = beside(lab, Keyfile::fixed).await?;
    let before = Rest::of(&rig.lab).await?;
    let ground = ground(vec![profile(WIFI, &rig.first), profile(LTE, &rig.second)]);
    for next in [Next::Lower, Next::End, Next::Unwanted] {
        let last = ground.live(BOTH, Death::Done).await?;
        let paths = (rig.nm.active(rig.first.uuid()).await?, rig.nm.active(rig.second.uuid()).await?);
        if next == Next::Lower {
            let raised = Rest::of(&rig.lab).await?;
            let second = |bench: &mut netsession_conformance::lab::Bench<NetworkManager>| -> Outcome {
                for access_point in [WIFI, LTE] {
                    let link = bench.link(access_point).ok_or("a report")?;
                    assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
                }
                Ok(())
            };
            let (mut bench, _) = ground.adopt(ground.left(last.note)).await?;
            second(&mut bench)?;
            for access_point in [WIFI, LTE] {
                echo(bench.carrier(access_point).ok_or("a carrier")?).await?;
                bench.up(access_point).await?;
            }
            let op = bench.prefer(Some(WIFI));
            assert_eq!(bench.route(op).await?, Ok(()));
            raised.again(&rig.lab).await?;
            assert_eq!((rig.nm.active(rig.first.uuid()).await?, rig.nm.active(rig.second.uuid()).await?), paths, "not activated anew");
            for access_point in [WIFI, LTE] {
                let op = bench.lower(access_point);
                assert_eq!(bench.done(access_point, op).await?.state, Discovered);
            }
            before.again(&rig.lab).await?;
            bench.shut_down().await?;
            before.again(&rig.lab).await?;
        } else {
            ground.ends_as_found(last, next, &async || before.again(&rig.lab).await).await?;
        }
        assert!(rig.nm.active(rig.first.uuid()).await?.is_none());
        assert!(rig.nm.active(rig.second.uuid()).await?.is_none());
    }
    Ok(())
}

pub(crate) async fn killed_at_any_point(lab: Lab) -> Outcome {
    let rig = beside(lab, Keyfile::fixed).await?;
    let before = Rest::of(&rig.lab).await?;
    let as_found = async || {
        rig.nm.becomes(rig.first.uuid(), None).await?;
        before.again(&rig.lab).await
    };
    ground(vec![profile(WIFI, &rig.first)]).every_death(None, THERE_AND_BACK, as_found).await
}

pub(crate) async fn killed_while_metrics_are_applied(lab: Lab) -> Outcome {
    let rig = beside(lab, fixed_v4).await?;
    // the preferred link was active before: its metrics are to be put back, it stays
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    const PREFER: Deed<NetworkManager> = |bench| {
        Box::pin(async {
            let op = bench.prefer(Some(WIFI));
            bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
        })
    };
    let ground = ground(vec![profile(WIFI, &rig.first)]);
    for number in 1.. {
        let last = ground.live(PREFER, Death::Note { number, kept: number % 2 == 0 }).await?;
        let done = last.done;
        // what NetworkManager was asked last it does
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let left = Left { raised: vec![], preferred: (number % 3 == 0).then_some(WIFI), note: last.note, ..Left::default() };
        let (mut bench, kept) = ground.adopt(left).await?;
        let op = bench.prefer(None);
        assert_eq!(bench.route(op).await?, Ok(()), "killed at note {number}");
        before.again(&rig.lab).await?;
        bench.shut_down().await?;
        before.again(&rig.lab).await?;
        assert_eq!(kept.note().as_deref(), Some(""), "killed at note {number}");
        if done {
            assert!(number > 2, "nothing was noted");
            return Ok(());
        }
    }
    Ok(())
}

pub(crate) async fn what_others_activated_stays_theirs(lab: Lab) -> Outcome {
    let rig = beside(lab, Keyfile::fixed).await?;
    let ground = ground(vec![profile(WIFI, &rig.first)]);
    let last = ground.live(ONE, Death::Done).await?;
    rig.nm.deactivate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    let path = rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let (mut bench, kept) = ground.adopt(ground.left(last.note)).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let op = bench.lower(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.state, Active, "the first Lower is what the killed process owed");
    bench.shut_down().await?;
    assert_eq!(rig.nm.active(rig.first.uuid()).await?.map(|(path, _)| path), Some(path));
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn daemon_is_another_one_by_now(lab: Lab) -> Outcome {
    let mut rig = beside(lab, Keyfile::fixed).await?;
    let before = Rest::of(&rig.lab).await?;
    let ground = ground(vec![profile(WIFI, &rig.first)]);
    let last = ground.live(ONE, Death::Done).await?;
    rig.nm.kill().await?;
    rig.nm.start_again().await?;
    ground.ends_as_found(last, Next::Lower, &async || before.again(&rig.lab).await).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    Ok(())
}

pub(crate) async fn stopped_link_comes_back(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    let ground = ground(vec![profile(WIFI, &rig.first)]);
    let last = ground.live(STOP, Death::Done).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    let (bench, kept) = ground.adopt(Left { note: last.note, ..Left::default() }).await?;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Discovered), "it stays stopped");
    bench.shut_down().await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    before.again(&rig.lab).await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn without_a_note_the_connection_is_taken_over(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let ground = ground(vec![profile(WIFI, &rig.first)]);
    ground.live(ONE, Death::Done).await?;
    let (mut bench, kept) = ground.adopt(ground.left(Some("nonsense".into()))).await?;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Active));
    let op = bench.lower(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.state, Discovered);
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn access_point_that_is_no_more_is_put_back(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let last = ground(vec![profile(WIFI, &rig.first)]).live(ONE, Death::Done).await?;
    let ground = ground(vec![profile(LTE, &rig.second)]);
    let (bench, kept) = ground.adopt(Left { raised: vec![WIFI], preferred: Some(WIFI), note: last.note, ..Left::default() }).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}
