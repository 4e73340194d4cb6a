//! Does the simulator obey the executors' contract? Every event is judged, in virtual time.

use netsession_backends::executor::{Executor as _, Left, Notebook};
use netsession_backends::sim::{Action, Behaviour, Network, Outcome};
use netsession_conformance::lab::{Bench, Trouble};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, ExecutorId};
use std::time::Duration;

const WLAN: AccessPointId = AccessPointId(0);
const LTE: AccessPointId = AccessPointId(1);

async fn bench(wlan: Behaviour) -> Result<(Network, Bench<netsession_backends::sim::Sim>), Trouble> {
    let network = Network::new(7);
    network.jitter(Duration::from_millis(40));
    network.add(WLAN, wlan);
    network.add(LTE, Behaviour::default());
    let executor = network.executor(ExecutorId(0));
    Ok((network, Bench::new(executor, [WLAN, LTE]).await?))
}

#[tokio::test(start_paused = true)]
async fn raise_and_lower_are_done_when_they_are_true() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour::default()).await?;
    let op = bench.raise(WLAN);
    assert!(network.up().is_empty(), "not before its time");
    assert_eq!(bench.done(WLAN, op).await?.state, ConfigurationState::Active);
    assert_eq!(network.up(), [WLAN]);
    let op = bench.lower(WLAN);
    assert_eq!(bench.done(WLAN, op).await?.state, ConfigurationState::Discovered);
    assert!(network.up().is_empty() && network.raised().is_empty());
    bench.shut_down().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_fails_says_why_and_leaves_nothing() -> Result<(), Trouble> {
    let raise = Outcome::Fails(Cause::Authentication);
    let (network, mut bench) = bench(Behaviour { raise, ..Behaviour::default() }).await?;
    let op = bench.raise(WLAN);
    let report = bench.done(WLAN, op).await?;
    assert_eq!((report.state, report.cause), (ConfigurationState::Discovered, Cause::Authentication));
    assert!(network.raised().is_empty());
    bench.shut_down().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_lower_cancels_a_raise_that_would_never_end() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour { raise: Outcome::NeverAnswers, ..Behaviour::default() }).await?;
    bench.raise(WLAN);
    let op = bench.lower(WLAN);
    assert_eq!(bench.done(WLAN, op).await?.state, ConfigurationState::Discovered);
    assert!(network.raised().is_empty());
    bench.shut_down().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn what_was_up_before_is_left_as_found() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour { state: ConfigurationState::Active, ..Behaviour::default() }).await?;
    let op = bench.raise(WLAN);
    assert_eq!(bench.done(WLAN, op).await?.state, ConfigurationState::Active);
    bench.up(LTE).await?;
    bench.shut_down().await?;
    assert_eq!(network.up(), [WLAN], "and what was raised is lowered");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn only_prefer_moves_the_default_route_and_only_the_newest_is_answered() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour::default()).await?;
    bench.up(WLAN).await?;
    bench.up(LTE).await?;
    assert_eq!(network.default_route(), None);
    let first = bench.prefer(Some(WLAN));
    let second = bench.prefer(Some(LTE));
    assert_eq!(bench.route(second).await?, Ok(()));
    assert_eq!(network.default_route(), Some(LTE));
    let third = bench.prefer(None);
    assert_eq!(bench.route(third).await?, Ok(()));
    assert_eq!(network.default_route(), None);
    let answered = |event: &netsession_backends::executor::Event| matches!(event, netsession_backends::executor::Event::Report(Report::Route { op, .. }) if *op == first);
    assert!(!bench.shut_down().await?.iter().any(answered));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_others_do_is_told_with_its_cause() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour::default()).await?;
    bench.up(WLAN).await?;
    network.cut(WLAN);
    bench.becomes(WLAN, ConfigurationState::Discovered, Cause::CarrierLost).await?;
    bench.up(LTE).await?;
    network.happen(Action::TakeDown(LTE));
    bench.becomes(LTE, ConfigurationState::Discovered, Cause::TakenDown).await?;
    bench.shut_down().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_lost_daemon_is_told_once_and_back_with_everything() -> Result<(), Trouble> {
    let (network, mut bench) = bench(Behaviour::default()).await?;
    let op = bench.raise(WLAN);
    network.gone();
    bench.until("Gone", |event| matches!(event, netsession_backends::executor::Event::Report(Report::Gone { .. })).then_some(())).await?;
    network.vanish(LTE);
    network.back();
    let report = bench.done(WLAN, op).await?;
    assert_eq!((report.state, bench.resyncs()), (ConfigurationState::Discovered, 2), "what was under way is given up, not left open");
    assert_eq!(bench.link(LTE).map(|link| link.state), Some(ConfigurationState::Defined));
    bench.shut_down().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() -> Result<(), Trouble> {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (network, mut bench) = bench(Behaviour::default()).await?;
        network.flap(LTE, Duration::from_millis(70), 9);
        bench.up(WLAN).await?;
        runs.push(bench.shut_down().await?);
    }
    assert!(runs[0].len() > 5, "{:?}", runs[0]);
    assert_eq!(runs[0], runs[1]);
    Ok(())
}

/// The next executor over a network whose first one was killed.
async fn next(network: &Network, left: Left) -> Result<Bench<netsession_backends::sim::Sim>, Trouble> {
    let mut executor = network.executor(ExecutorId(0));
    executor.adopt(left, Notebook::closed());
    Bench::new(executor, [WLAN, LTE]).await
}

/// Two links that were raised, one of which is preferred; then the process is killed.
async fn killed() -> Result<Network, Trouble> {
    let (network, mut bench) = bench(Behaviour::default()).await?;
    bench.up(WLAN).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(WLAN));
    assert_eq!(bench.route(op).await?, Ok(()));
    Ok(network)
}

#[tokio::test(start_paused = true)]
async fn links_of_a_killed_process_are_taken_over() -> Result<(), Trouble> {
    let both = Left { raised: vec![WLAN, LTE], preferred: Some(WLAN), ..Left::default() };
    let network = killed().await?;
    let mut second = next(&network, both.clone()).await?;
    assert_eq!([WLAN, LTE].map(|id| second.link(id).map(|link| link.state)), [Some(ConfigurationState::Active); 2]);
    assert_eq!((network.default_route(), second.carrier(WLAN).is_some()), (Some(WLAN), true));
    let op = second.lower(WLAN);
    assert_eq!(second.done(WLAN, op).await?.state, ConfigurationState::Discovered);
    assert_eq!((network.up(), network.raised()), (vec![LTE], vec![LTE]));
    second.shut_down().await?;
    assert_eq!((network.up(), network.default_route()), (vec![], None));
    // what nobody wants goes at once
    let network = killed().await?;
    let second = next(&network, Left { raised: vec![LTE], ..Left::default() }).await?;
    assert_eq!((network.up(), network.default_route()), (vec![LTE], None));
    second.shut_down().await?;
    assert!(network.up().is_empty());
    // without a word of what was left it stays, as found
    let network = killed().await?;
    Bench::new(network.executor(ExecutorId(0)), [WLAN, LTE]).await?.shut_down().await?;
    assert_eq!(network.up(), [WLAN, LTE]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_others_brought_up_after_the_kill_stays_theirs() -> Result<(), Trouble> {
    let network = killed().await?;
    network.happen(Action::TakeDown(WLAN));
    network.happen(Action::BringUp(WLAN));
    let mut second = next(&network, Left { raised: vec![WLAN, LTE], preferred: Some(LTE), ..Left::default() }).await?;
    let op = second.lower(WLAN);
    assert_eq!(second.done(WLAN, op).await?.state, ConfigurationState::Active, "the first Lower is what the killed process owed");
    second.shut_down().await?;
    assert_eq!(network.up(), [WLAN]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_is_not_carried_on() -> Result<(), Trouble> {
    let (network, mut first) = bench(Behaviour::default()).await?;
    first.up(LTE).await?;
    first.raise(WLAN);
    first.lower(LTE);
    first.prefer(Some(LTE));
    drop(first);
    let mut second = next(&network, Left { raised: vec![WLAN, LTE], ..Left::default() }).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let state = |bench: &Bench<_>, id| bench.link(id).map(|link| link.state);
    assert_eq!((state(&second, WLAN), state(&second, LTE)), (Some(ConfigurationState::Discovered), Some(ConfigurationState::Active)));
    second.up(WLAN).await?;
    second.shut_down().await?;
    assert!(network.up().is_empty());
    Ok(())
}
