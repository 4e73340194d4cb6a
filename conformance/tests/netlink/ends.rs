//! Is everything as it was when it is over, however it ended? (C12)

use crate::setup::{LTE, WIFI, bench, profile};
use netsession_conformance::lab::{Lab, Outcome, Outside, stay_until_killed};
use netsession_fsm::words::{Cause, ConfigurationState};
use std::fs;

pub(crate) async fn shutdown_puts_everything_back(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    lab.wire.set_up("lte0", true).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    // in the middle of raising
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.raise(WIFI);
    bench.raise(LTE);
    bench.prefer(Some(LTE));
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn dropped_executor_puts_everything_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    drop(bench);
    lab.wire.becomes(&before).await
}

pub(crate) async fn foreign_link_that_was_stopped_comes_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v6, 9).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert_ne!(lab.wire.dump().await?, before);
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn foreign_link_that_others_started_again_is_left_alone(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    // whoever started it again wants another default route: the one we saw is not ours to put back any more
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 8).await?;
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn stands(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    stay_until_killed().await;
    Ok(())
}

pub(crate) fn killed_lab_leaves_nothing(outside: Outside) -> Outcome {
    let interfaces = || {
        fs::read_to_string("/proc/net/dev")
            .map(|all| all.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned())).collect::<Vec<_>>())
    };
    let before = interfaces()?;
    let killed = outside.kill("ends::stands")?;
    assert_eq!(killed.networks.len(), 2, "the lab and its router: {killed:?}");
    assert_eq!(interfaces()?, before);
    Ok(())
}
