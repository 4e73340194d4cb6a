//! Is what a killed process left with ConnMan taken over, and nothing of it left behind in the end? (C13)

use crate::setup::{LTE, Stand, WIFI, auto_connects, both_active, both_idle, but_for_ipv6_defaults, echo, profile, service};
use netsession_backends::connman::{Connman, Options, Profile};
use netsession_backends::executor::Left;
use netsession_conformance::adoption::{Ground, Next};
use netsession_conformance::lab::{Death, Deed, Dump, Lab, Outcome};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Discovered};
use std::error::Error;

/// Links of these profiles, the first of which is preferred.
fn ground(profiles: Vec<Profile>) -> Ground<impl Fn() -> Result<Connman, Box<dyn Error>> + Clone + Send + use<>> {
    let access_points = profiles.iter().map(|profile| profile.access_point).collect();
    Ground { make: move || Ok(Connman::new(Options::default(), profiles.clone())?), access_points }
}

fn both(stand: &Stand) -> Vec<Profile> {
    vec![profile(WIFI, &stand.wifi), profile(LTE, &stand.lte)]
}

const BOTH: Deed<Connman> = |bench| {
    Box::pin(async {
        both_idle(bench).await?;
        bench.up(WIFI).await?;
        bench.up(LTE).await?;
        let op = bench.prefer(Some(LTE));
        bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
    })
};

const THERE_AND_BACK: Deed<Connman> = |bench| {
    Box::pin(async {
        BOTH(bench).await?;
        for access_point in [LTE, WIFI] {
            let op = bench.lower(access_point);
            bench.done(access_point, op).await?;
        }
        Ok(())
    })
};

const STOP: Deed<Connman> = |bench| {
    Box::pin(async {
        both_active(bench).await?;
        let op = bench.lower(LTE);
        bench.done(LTE, op).await?;
        Ok(())
    })
};

/// Both services are idle, and their devices are as they are when they are idle.
async fn idle(lab: &Lab, stand: &Stand) -> Result<Dump, Box<dyn Error>> {
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.shut_down().await?;
    Ok(lab.wire.settled().await?)
}

async fn is_idle(stand: &Stand) -> Outcome {
    for plug in [&stand.wifi, &stand.lte] {
        stand.connman.becomes(&service(plug), Some("idle")).await?;
    }
    Ok(())
}

pub(crate) async fn links_carry_on_and_are_put_back(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let before = idle(&lab, &stand).await?;
    let ground = ground(both(&stand));
    for next in [Next::Lower, Next::End, Next::Unwanted] {
        let last = ground.live(BOTH, Death::Done).await?;
        if next == Next::Lower {
            let raised = lab.wire.settled().await?;
            let left = Left { preferred: Some(LTE), ..ground.left(last.note) };
            let (mut bench, _) = ground.adopt(left).await?;
            for access_point in [WIFI, LTE] {
                let link = bench.link(access_point).ok_or("a report")?;
                assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
                echo(bench.carrier(access_point).ok_or("a carrier")?).await?;
                bench.up(access_point).await?;
            }
            let op = bench.prefer(Some(LTE));
            assert_eq!(bench.route(op).await?, Ok(()));
            // of the links' own routes there may be more: next hops are told of another one now
            let own: &[&str] = &["Table(253)"];
            assert_eq!(lab.wire.settled().await?.without(own), raised.without(own));
            for access_point in [LTE, WIFI] {
                let op = bench.lower(access_point);
                assert_eq!(bench.done(access_point, op).await?.state, Discovered);
            }
            but_for_ipv6_defaults(&lab, &before).await?;
            bench.shut_down().await?;
            lab.wire.becomes(&before).await?;
        } else {
            let as_found = async || {
                is_idle(&stand).await?;
                lab.wire.becomes(&before).await
            };
            ground.ends_as_found(last, next, &as_found).await?;
        }
        is_idle(&stand).await?;
    }
    Ok(())
}

pub(crate) async fn killed_at_any_point(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let before = idle(&lab, &stand).await?;
    let as_found = async || {
        is_idle(&stand).await?;
        but_for_ipv6_defaults(&lab, &before).await
    };
    ground(both(&stand)).every_death(None, THERE_AND_BACK, as_found).await
}

pub(crate) async fn stopped_link_is_connected_again(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    let before = lab.wire.settled().await?;
    let ground = ground(both(&stand));
    let last = ground.live(STOP, Death::Done).await?;
    assert_eq!(auto_connects(&stand.connman, &stand.lte).await?, Some(false));
    let (bench, kept) = ground.adopt(Left { note: last.note, ..Left::default() }).await?;
    assert_eq!(bench.link(LTE).map(|link| link.state), Some(Discovered), "it stays stopped");
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(auto_connects(&stand.connman, &stand.lte).await?, Some(true));
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn daemon_is_another_one_by_now(lab: Lab) -> Outcome {
    let mut stand = Stand::by_itself(&lab).await?;
    stand.connman.disconnect(&service(&stand.wifi)).await?;
    let ground = ground(vec![profile(WIFI, &stand.wifi)]);
    const ONE: Deed<Connman> = |bench| Box::pin(async { Ok(bench.up(WIFI).await.map(drop)?) });
    let last = ground.live(ONE, Death::Done).await?;
    stand.connman.kill().await?;
    stand.connman.start_again().await?;
    stand.connman.becomes(&service(&stand.wifi), Some("ready")).await?;
    // it connected the service by itself: nobody's of ours
    let (mut bench, kept) = ground.adopt(ground.left(last.note)).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let op = bench.lower(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.state, Active, "the first Lower is what the killed process owed");
    bench.shut_down().await?;
    assert_eq!(stand.connman.state(&service(&stand.wifi)).await?.as_deref(), Some("ready"));
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn without_a_note_the_service_is_taken_over(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let before = idle(&lab, &stand).await?;
    let ground = ground(both(&stand));
    ground.live(BOTH, Death::Done).await?;
    let (mut bench, kept) = ground.adopt(ground.left(Some("nonsense".into()))).await?;
    for access_point in [WIFI, LTE] {
        assert_eq!(bench.link(access_point).map(|link| link.state), Some(Active));
        let op = bench.lower(access_point);
        assert_eq!(bench.done(access_point, op).await?.state, Discovered);
    }
    bench.shut_down().await?;
    is_idle(&stand).await?;
    but_for_ipv6_defaults(&lab, &before).await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}
