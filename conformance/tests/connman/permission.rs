//! What if ConnMan, or the kernel, may not be asked? Links are watched all the same, and what was refused leaves nothing.

use crate::setup::{LTE, Stand, WIFI, both_active, both_idle, but_for_ipv6_defaults, echo};
use netsession_conformance::lab::daemons::ConnmanOptions;
use netsession_conformance::lab::{Lab, Outcome, become_stranger, can_become_stranger, give_up_privileges};
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use netsession_fsm::words::{Capabilities, Cause};

pub(crate) async fn without_permission_to_route(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    give_up_privileges()?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    bench.up(LTE).await?;
    let lost = Capabilities::DIRECT_CONNECTION_ROUTING.with(Capabilities::APPLICATION_LEVEL_ROAMING);
    assert_eq!(bench.capabilities(), Capabilities::ALL.without(lost));
    // ConnMan may
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    let carrier = bench.carrier(LTE).ok_or("a carrier")?.clone();
    echo(&carrier).await?;
    bench.shut_down().await?;
    but_for_ipv6_defaults(&lab, &before).await
}

/// Forbids everybody but the bus itself to have ConnMan do something; all may still look on.
fn forbid() -> Outcome {
    use nix::mount::{MsFlags, mount};
    const POLICIES: &str = "/etc/dbus-1/system.d";
    let rules: String = ["Connect", "Disconnect", "SetProperty", "MoveBefore", "MoveAfter"]
        .iter()
        .map(|member| format!("<deny send_destination=\"net.connman\" send_interface=\"net.connman.Service\" send_member=\"{member}\"/>"))
        .collect();
    mount(Some("tmpfs"), POLICIES, Some("tmpfs"), MsFlags::empty(), None::<&str>)?;
    std::fs::write(format!("{POLICIES}/forbid.conf"), format!("<busconfig><policy context=\"mandatory\">{rules}</policy></busconfig>"))?;
    Ok(())
}

pub(crate) async fn without_permission(lab: Lab) -> Outcome {
    forbid()?;
    let stand = Stand::with(&lab, ConnmanOptions::default()).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NotAuthorised));
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    lab.router.cut("lte0").await?;
    bench.becomes(LTE, Defined, Cause::CarrierLost).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn without_permission_nothing_is_lowered_or_preferred(lab: Lab) -> Outcome {
    forbid()?;
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let op = bench.lower(LTE);
    let link = bench.done(LTE, op).await?;
    assert_eq!((link.state, link.cause), (Active, Cause::Unknown), "it could not be lowered and is not");
    let results = [bench.prefer(Some(LTE)), bench.prefer(Some(WIFI)), bench.prefer(Some(LTE))];
    let first = bench.route(results[2]).await?;
    let op = bench.prefer(Some(WIFI));
    let second = bench.route(op).await?;
    // one of them has it already
    assert!([(first, second), (second, first)].contains(&(Ok(()), Err(Cause::NotAuthorised))), "{first:?} {second:?}");
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn stranger_is_served_as_the_policy_says(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    if !can_become_stranger() {
        println!("not shown: only root can become somebody else");
        return Ok(());
    }
    become_stranger()?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    // Debian's policy lets everybody at the seat in, and a stranger is nobody
    assert!(matches!((link.state, link.cause), (Active, Cause::Unknown) | (Discovered, Cause::NotAuthorised)), "{link:?}");
    println!("a stranger's raise: {:?}", link.state);
    bench.shut_down().await?;
    Ok(())
}
