//! Is everything as it was when it is over, however it ended? (C12)

use crate::setup::{LTE, Stand, WIFI, auto_connects, bench, both_active, both_idle, but_for_ipv6_defaults, listed, profile, service};
use netsession_backends::connman::{Connman as Executor, Options};
use netsession_backends::executor::{Event, Executor as _};
use netsession_conformance::lab::daemons::{Bus, Connman, ConnmanOptions};
use netsession_conformance::lab::{Lab, Outcome};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use netsession_fsm::words::{Cause, OperationId};

pub(crate) async fn shutdown_puts_everything_back(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn shutdown_in_the_middle(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    // one has a fixed address, the other one waits for a lease that never comes
    let connman = Connman::start(&bus, &ConnmanOptions { fixed: vec![lte.clone()], ..ConnmanOptions::default() }).await?;
    listed(&connman, &wifi).await?;
    listed(&connman, &lte).await?;
    let profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
    let mut first = bench(&profiles).await?;
    both_idle(&mut first).await?;
    let before = lab.wire.settled().await?;
    first.raise(WIFI);
    first.raise(LTE);
    first.prefer(Some(LTE));
    first.shut_down().await?;
    lab.wire.becomes(&before).await?;
    let mut second = bench(&profiles).await?;
    second.raise(WIFI);
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    second.up(LTE).await?;
    second.prefer(Some(LTE));
    second.lower(LTE);
    second.raise(LTE);
    second.shut_down().await?;
    lab.wire.becomes(&before).await?;
    for plug in [&wifi, &lte] {
        assert_eq!(connman.state(&service(plug)).await?.as_deref(), Some("idle"));
    }
    Ok(())
}

pub(crate) async fn shutdown_before_anything(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let before = lab.wire.settled().await?;
    let mut executor = Executor::new(Options::default(), vec![profile(WIFI, &stand.wifi)])?;
    executor.act(Command::Raise { op: OperationId(1), access_point: WIFI });
    executor.shutdown();
    let mut events = Vec::new();
    let ended = async {
        while let Some(event) = std::future::poll_fn(|context| executor.poll_event(context)).await {
            events.push(event);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), ended).await?;
    let done = |event: &Event| match event {
        Event::Report(Report::Resync { links, .. }) => links.iter().any(|link| link.done == OperationId(1)),
        Event::Report(Report::Link(link)) => link.done == OperationId(1),
        _ => false,
    };
    assert!(events.iter().any(done), "{events:?}");
    lab.wire.becomes(&before).await
}

pub(crate) async fn dropped_executor_puts_everything_back(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    drop(bench);
    lab.wire.becomes(&before).await
}

pub(crate) async fn stopped_link_is_connected_again(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let op = bench.lower(LTE);
    let link = bench.done(LTE, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
    // it stays down, whatever happens to its cable
    assert_eq!(auto_connects(&stand.connman, &stand.lte).await?, Some(false));
    lab.router.cut("lte0").await?;
    bench.becomes(LTE, Defined, Cause::CarrierLost).await?;
    stand.connman.becomes(&service(&stand.lte), None).await?;
    lab.router.mend("lte0").await?;
    bench.becomes(LTE, Discovered, Cause::Unknown).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(auto_connects(&stand.connman, &stand.lte).await?, Some(true));
    Ok(())
}

pub(crate) async fn stopped_link_that_is_raised_is_as_found(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let op = bench.lower(LTE);
    bench.done(LTE, op).await?;
    let carrier = bench.up(LTE).await?;
    crate::setup::echo(&carrier).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(auto_connects(&stand.connman, &stand.lte).await?, Some(true));
    Ok(())
}

pub(crate) async fn auto_connect_is_as_found(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    stand.connman.disconnect(&service(&stand.wifi)).await?;
    let mut bench = stand.bench().await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    for _ in 0..2 {
        bench.up(WIFI).await?;
        // somebody changes his mind meanwhile: what was found counts
        crate::setup::auto_connect(&stand.connman, &stand.wifi, false).await?;
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        assert_eq!(auto_connects(&stand.connman, &stand.wifi).await?, Some(true));
        but_for_ipv6_defaults(&lab, &before).await?;
    }
    bench.shut_down().await?;
    but_for_ipv6_defaults(&lab, &before).await
}
