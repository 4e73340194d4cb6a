//! Does a link live and die with its DHCP lease? (C7, C10)

use crate::dhcp::{heard, lease};
use crate::raise::echo;
use crate::route::source;
use crate::setup::{LTE, WIFI, bench, leased, profile};
use netsession_backends::executor::{Carrier, Event};
use netsession_backends::netlink::Netlink;
use netsession_conformance::lab::{Bench, ECHO_PORT, Lab, Outcome, Request, SERVICE_V4, Script};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use std::net::IpAddr;
use std::time::Duration;

/// After it heard a request the server looks what to do about it: that must not change meanwhile.
const ANSWERED: Duration = Duration::from_millis(500);

async fn told(bench: &mut Bench<Netlink>, address: IpAddr) -> Result<Carrier, Box<dyn std::error::Error>> {
    let fits = |event: &Event| match event {
        Event::Carrier(_, carrier) if carrier.addresses == [address] => Some(carrier.clone()),
        _ => None,
    };
    Ok(bench.until(&format!("a carrier with {address}"), fits).await?)
}

pub(crate) async fn lease_is_renewed_and_rebound(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(8, 77)).await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    let carrier = bench.up(WIFI).await?;
    heard(&mut server, Request::Request).await?;
    // renewed; then the server does not answer, until everybody is asked
    assert_eq!(server.heard().await?, Request::Request);
    tokio::time::sleep(ANSWERED).await;
    server.set(Script::Silent);
    assert_eq!(server.heard().await?, Request::Request);
    tokio::time::sleep(ANSWERED).await;
    server.set(lease(8, 77));
    assert_eq!(server.heard().await?, Request::Request);
    assert_eq!(server.heard().await?, Request::Request, "renewed again");
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    let told = bench.events().iter().filter(|(_, event)| matches!(event, Event::Carrier(..))).count();
    assert_eq!((bench.link(WIFI).map(|link| link.state), told), (Some(Active), 1), "{:?}", bench.events());
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn lease_that_runs_out_is_lost(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let server = lab.router.scripted_dhcp(&wifi, lease(4, 77)).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source(SERVICE_V4.into()).await?, IpAddr::from([10, 1, 0, 77]));
    server.set(Script::Silent);
    bench.becomes(WIFI, Discovered, Cause::NoLease).await?;
    assert_eq!(source(SERVICE_V4.into()).await?, lte.v4.0, "preferred no more");
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("10.1.0.").count(), 0, "{dump}");
    // the client goes on asking: a new lease is a return
    server.set(lease(3600, 78));
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let carrier = bench.carrier(WIFI).cloned().ok_or("a carrier")?;
    assert_eq!(carrier.addresses, [IpAddr::from([10, 1, 0, 78])]);
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    for link in [WIFI, LTE] {
        let op = bench.lower(link);
        bench.done(link, op).await?;
    }
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn changed_lease_is_a_new_carrier(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let server = lab.router.scripted_dhcp(&wifi, lease(4, 77)).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    let generation = bench.link(WIFI).ok_or("a report")?.generation;
    server.set(lease(3600, 78));
    let carrier = told(&mut bench, [10, 1, 0, 78].into()).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let dump = lab.wire.settled().await?;
    assert_eq!(dump.about("10.1.0.77").count(), 0, "{dump}");
    assert_eq!(source(SERVICE_V4.into()).await?, carrier.addresses[0], "preferred as before");
    let link = bench.link(WIFI).ok_or("a report")?;
    assert_eq!((link.state, link.generation), (Active, generation), "never without one");
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn refused_renewal_is_heeded_at_once(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(8, 77)).await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    heard(&mut server, Request::Request).await?;
    server.set(Script::Refuse);
    bench.becomes(WIFI, Discovered, Cause::NoLease).await?;
    // asked once to keep it: neither everybody was asked, nor the end waited for
    assert_eq!([server.heard().await?, server.heard().await?], [Request::Request, Request::Discover]);
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("10.1.0.").count(), 0, "{dump}");
    server.set(lease(3600, 79));
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn lease_is_verified_after_the_cable_was_out(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    let carrier = bench.up(WIFI).await?;
    heard(&mut server, Request::Request).await?;
    lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    lab.router.mend("wifi0").await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    assert_eq!(server.heard().await?, Request::Request, "verified, not begun anew");
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    // another network has the cable now
    lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    server.set(Script::Refuse);
    lab.router.mend("wifi0").await?;
    bench.becomes(WIFI, Discovered, Cause::NoLease).await?;
    server.set(lease(3600, 79));
    let carrier = told(&mut bench, [10, 1, 0, 79].into()).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn address_others_take_away_is_not_put_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(4, 77)).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    heard(&mut server, Request::Request).await?;
    lab.wire.remove_address("wifi0", [10, 1, 0, 77].into(), 24).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    // the lease is kept, the address is not put back
    heard(&mut server, Request::Request).await?;
    let dump = lab.wire.settled().await?;
    assert_eq!(dump.about("10.1.0.77").count(), 0, "{dump}");
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}
