//! What is told of interfaces, and of what may be done with them? (SPEC §3, §10)

use crate::setup::{LTE, WIFI, bench, profile};
use netsession_backends::executor::{Attributes, Event, Executor};
use netsession_backends::netlink::{Netlink, Options, survey};
use netsession_conformance::lab::{Lab, Outcome, Plug, give_up_privileges};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Bearer, Capabilities, Cause, ConfigurationState};
use std::net::IpAddr;

pub(crate) async fn attributes_tell_the_bearer(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &Plug::new("lte0", 2))]).await?;
    let of = |bearer, interface: &str| Attributes { bearer, interface: Some(interface.into()), ..Attributes::default() };
    assert_eq!(bench.attributes(WIFI), Some(&of(Bearer::Ethernet, "wifi0")));
    assert_eq!(bench.attributes(LTE), Some(&of(Bearer::Unknown, "lte0")), "not there yet");
    let first = bench.events().iter().position(|(_, event)| matches!(event, Event::Report(Report::Resync { .. })));
    let told = bench.events().iter().take_while(|(_, event)| matches!(event, Event::Attributes(..))).count();
    assert_eq!((first, told), (Some(2), 2), "before everything else");
    lab.plug_in("lte0", 2).await?;
    bench.becomes(LTE, ConfigurationState::Discovered, Cause::Unknown).await?;
    assert_eq!(bench.attributes(LTE), Some(&of(Bearer::Ethernet, "lte0")));
    bench.up(LTE).await?;
    bench.up(WIFI).await?;
    let all = bench.events().iter().filter(|(_, event)| matches!(event, Event::Attributes(..))).count();
    assert_eq!(all, 3, "only what changed: {:?}", bench.events());
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn survey_lists_and_changes_nothing(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.plug_in("lte0", 2).await?;
    let before = lab.wire.settled().await?;
    let told = survey().await?;
    assert_eq!((told.may_administrate, told.may_lease), (true, true));
    let [lo, lte, wifi0] = ["lo", "lte0", "wifi0"].map(|name| told.interfaces.iter().find(|found| found.name == name).cloned());
    let (lo, lte, wifi0) = (lo.ok_or("lo")?, lte.ok_or("lte0")?, wifi0.ok_or("wifi0")?);
    assert_eq!((lo.bearer, lo.up, lo.ethernet), (Bearer::Unknown, true, false));
    assert!(lo.addresses.contains(&(IpAddr::from([127, 0, 0, 1]), 8)));
    assert_eq!((lte.bearer, lte.up, lte.carrier, lte.ethernet), (Bearer::Ethernet, false, false, true));
    assert_eq!((wifi0.up, wifi0.carrier, wifi0.index), (true, true, lab.wire.index("wifi0").await?));
    assert!(wifi0.addresses.contains(&wifi.v4), "{wifi0:?}");
    lab.wire.becomes(&before).await?;
    give_up_privileges()?;
    let told = survey().await?;
    assert_eq!((told.may_administrate, told.may_lease, told.interfaces.len()), (false, false, before.about("link ").count()));
    Ok(())
}

pub(crate) async fn capabilities_are_those_of_the_thread(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let offered = || Netlink::new(Options::default(), vec![profile(WIFI, &wifi)]).map(|netlink| netlink.capabilities());
    assert_eq!(offered()?, Capabilities::ALL);
    give_up_privileges()?;
    assert_eq!(offered()?, Capabilities::DIRECT_CONNECTION_ROUTING.with(Capabilities::DATA_STATISTICS));
    Ok(())
}
