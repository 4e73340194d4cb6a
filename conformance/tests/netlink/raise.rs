//! Does a raised link work, and is nothing left of it afterwards? (C3 to C6, C10, C11)

use crate::setup::{LTE, WIFI, bench, profile};
use netsession_backends::bind;
use netsession_backends::executor::Carrier;
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, SERVICE_V4, SERVICE_V6};
use netsession_fsm::words::{Cause, ConfigurationState};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Sends something there and back through a carrier.
pub(crate) async fn echo(carrier: &Carrier, remote: SocketAddr) -> Outcome {
    let mut stream = bind::connect_tcp(carrier, remote).await?;
    stream.write_all(b"there and back").await?;
    let mut back = [0; 14];
    stream.read_exact(&mut back).await?;
    assert_eq!(&back, b"there and back");
    let from = stream.local_addr()?.ip();
    assert!(carrier.addresses.contains(&from), "{from} is not of {carrier:?}");
    Ok(())
}

pub(crate) async fn and_lower_leave_the_link_as_found(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Discovered, Cause::Unknown).await?;
    for _ in 0..3 {
        let asked = Instant::now();
        let carrier = bench.up(WIFI).await?;
        println!("raised in {:?}", asked.elapsed());
        assert_eq!(carrier.addresses, [wifi.v4.0, wifi.v6.0]);
        assert_eq!((carrier.interface.as_str(), carrier.index), ("wifi0", lab.wire.index("wifi0").await?));
        assert_eq!((carrier.gateway, carrier.dns.len()), (Some(wifi.gateway_v4), 1));
        assert_ne!(lab.wire.dump().await?, before);
        echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
        let op = bench.lower(WIFI);
        let link = bench.done(WIFI, op).await?;
        assert_eq!((link.state, link.cause), (ConfigurationState::Discovered, Cause::Unknown));
        lab.wire.becomes(&before).await?;
    }
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn of_an_active_link_changes_nothing(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    // the carrier may come up a moment after the device
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    lab.wire.becomes(&before).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn both_links_carry_traffic(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
    let mut bench = bench(&profiles).await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for carrier in &carriers {
        echo(carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    }
    bench.shut_down().await?;
    profiles[0].gateway = Some(wifi.gateway_v6);
    profiles[1].gateway = Some(lte.gateway_v6);
    let mut bench = crate::setup::bench(&profiles).await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for carrier in &carriers {
        echo(carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn waits_for_the_carrier(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    // a refresh is answered after the raise began: it did not end
    let refresh = bench.refresh();
    bench.until("the refresh", |event| refreshed(event, refresh)).await?;
    let reports = bench.events().iter().filter(|(_, event)| is_link(event)).count();
    assert_eq!(reports, 0, "a raise under way is reported when it ends: {:?}", bench.events());
    lab.router.mend("wifi0").await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Active, Cause::Unknown));
    bench.shut_down().await?;
    lab.router.cut("wifi0").await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn cancelled_leaves_nothing(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let raise = bench.raise(WIFI);
    let lower = bench.lower(WIFI);
    let link = bench.done(WIFI, raise).await?;
    assert_eq!((link.done, link.state), (lower, ConfigurationState::Discovered));
    lab.wire.becomes(&before).await?;
    lab.router.mend("wifi0").await?;
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn keeps_what_others_add(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    // in the same network, so that the kernel makes it depend on ours and would remove both
    let other = "10.1.0.77".parse()?;
    lab.wire.add_address("wifi0", other, 24).await?;
    lab.wire.add_default("wifi0", "10.1.0.88".parse()?, 900).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Local(10.1.0.77)").count(), 1, "{dump}");
    assert_eq!(dump.about("Gateway(Inet(10.1.0.88))").count(), 1, "{dump}");
    assert_eq!(dump.about("(10.1.0.2)").count(), 0, "{dump}");
    assert_eq!(dump.about("Gateway(Inet(10.1.0.1))").count(), 0, "{dump}");
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn of_a_missing_interface_fails_at_once(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.unplug("wifi0").await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Defined, Cause::Vanished).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Defined, Cause::Vanished));
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn refused_by_the_kernel_leaves_nothing(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut far = profile(WIFI, &wifi);
    far.gateway = Some("10.200.0.1".parse()?);
    let mut bench = bench(&[far]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Discovered, Cause::Route));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn stopped_link_comes_back_as_found(lab: Lab) -> Outcome {
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
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Discovered, Cause::Unknown));
    assert_eq!(lab.wire.dump().await?.about("Gateway").count(), 0, "the device is down");
    let carrier = bench.up(WIFI).await?;
    lab.wire.becomes(&before).await?;
    echo(&carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

/// The refresh was answered.
pub(crate) fn refreshed(event: &netsession_backends::executor::Event, asked: netsession_fsm::words::OperationId) -> Option<()> {
    use netsession_backends::executor::Event;
    use netsession_fsm::hub::Report;
    matches!(event, Event::Report(Report::Refreshed { op, .. }) if *op == asked).then_some(())
}

fn is_link(event: &netsession_backends::executor::Event) -> bool {
    use netsession_backends::executor::Event;
    use netsession_fsm::hub::Report;
    matches!(event, Event::Report(Report::Link(_)))
}
