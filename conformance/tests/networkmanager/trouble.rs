//! What if events get lost, permission is missing, or the network only looks fine? (C8, SPEC §9, §10)

use crate::setup::{LTE, Rest, Rig, WIFI, bench_with, echo, profile, refreshed};
use netsession_backends::bind;
use netsession_backends::executor::{Connectivity, Event};
use netsession_backends::networkmanager::{Options, Profile, survey};
use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, Probe, SERVICE_V4, Wire, become_stranger, can_become_stranger};
use netsession_fsm::hub::{Counters, Report};
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use netsession_fsm::words::{Bearer, Cause, Metered};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) async fn without_permission_nothing_is_left(lab: Lab) -> Outcome {
    if !can_become_stranger() {
        println!("SKIPPED: only root can show what NetworkManager refuses to others");
        return Ok(());
    }
    let options = NetworkManagerOptions { root_only: true, ..NetworkManagerOptions::default() };
    let rig = Rig::with(lab, &options, Keyfile::fixed).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    become_stranger()?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let op = bench.raise(LTE);
    let link = bench.done(LTE, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NotAuthorised));
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Active, Cause::Unknown), "it could not be lowered and is not");
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    // alone it has the default route anyway
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    before.again(&rig.lab).await?;
    let events = bench.shut_down().await?;
    assert!(!events.is_empty());
    before.again(&rig.lab).await
}

pub(crate) async fn lost_events_end_in_one_resync(lab: Lab) -> Outcome {
    const STORM: u8 = 250;
    let rig = Rig::new(lab).await?;
    let options = Options { receive_buffer: 32 * 1024, ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &rig.first), profile(LTE, &rig.second)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let before = bench.resyncs();
    // the executor shares this thread and hears nothing of the storm until it is over; in it, one link is cut
    let storm = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let wire = Wire::open()?;
            for host in 1..STORM {
                wire.add_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            wire.set_up("lte0", false).await?;
            for host in 1..STORM {
                wire.remove_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    storm.join().map_err(|_| "the storm panicked")?.map_err(|error| error.to_string())?;
    bench.becomes(LTE, Defined, Cause::TakenDown).await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| refreshed(event, refresh)).await?;
    assert_eq!(bench.resyncs() - before, 1, "{:?}", bench.events());
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert_eq!(bench.resyncs() - before, 1, "{:?}", bench.events());
    bench.shut_down().await?;
    Ok(())
}

fn counters(event: &Event) -> Option<Counters> {
    match event {
        Event::Report(Report::Counters { counters, .. }) => Some(*counters),
        _ => None,
    }
}

pub(crate) async fn counters_grow(lab: Lab) -> Outcome {
    const AMOUNT: usize = 100_000;
    let rig = Rig::new(lab).await?;
    let options = Options { counters_every: Duration::from_millis(50), ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &rig.first)]).await?;
    let carrier = bench.up(WIFI).await?;
    let first = bench.until("counters", counters).await?;
    let mut stream = bind::connect_tcp(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let (mut read, mut write) = stream.split();
    let sent = vec![7; AMOUNT];
    let mut back = vec![0; AMOUNT];
    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut back))?;
    let amount = AMOUNT as u64;
    let grown = |now: &Counters| now.sent >= first.sent + amount && now.received >= first.received + amount;
    bench.until("counters of what was sent", |event| counters(event).filter(grown)).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn connectivity_is_told(lab: Lab) -> Outcome {
    let options = NetworkManagerOptions { connectivity: true, ..NetworkManagerOptions::default() };
    let rig = Rig::with(lab, &options, Keyfile::fixed).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    for (probe, expected) in [(Probe::Fine, Connectivity::Full), (Probe::Portal, Connectivity::Portal), (Probe::Fine, Connectivity::Full)] {
        rig.lab.router.probe(&rig.wifi, probe).await?;
        rig.nm.connectivity().await?;
        if bench.attributes(WIFI).map(|attributes| attributes.connectivity) != Some(expected) {
            let told = |event: &Event| matches!(event, Event::Attributes(WIFI, has) if has.connectivity == expected).then_some(());
            bench.until(&format!("{expected:?}"), told).await?;
        }
    }
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert_eq!(bench.attributes(WIFI).map(|attributes| attributes.connectivity), Some(Connectivity::Unknown));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn survey_lists_everything(lab: Lab) -> Outcome {
    assert!(survey().await.is_err(), "no bus");
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    let error = survey().await.err().ok_or("nobody is there")?.to_string();
    assert!(error.contains("NetworkManager does not run"), "{error}");
    let (first, second) = (Keyfile::fixed("wifi", &wifi).set("connection", "metered", "1"), Keyfile::dhcp("lte", &lte));
    let options = NetworkManagerOptions { extra: "[keyfile]\nunmanaged-devices=interface-name:lte0\n".into(), ..Default::default() };
    let nm = NetworkManager::start(&bus, &options, &[&first, &second]).await?;
    nm.activate(first.uuid()).await?;
    nm.becomes(first.uuid(), Some(2)).await?;
    let found = survey().await?;
    assert!(found.version.starts_with("1."), "{found:?}");
    let devices: Vec<_> =
        found.devices.iter().map(|device| (device.interface.as_str(), device.managed, device.device_type, device.state)).collect();
    assert_eq!(devices, [("lo", true, 32, 100), ("lte0", false, 20, 10), ("wifi0", true, 20, 100)]);
    let profiles: Vec<_> = found.profiles.iter().map(|profile| (profile.id.as_str(), profile.bearer, profile.usable)).collect();
    assert_eq!(profiles, [("lo", Bearer::Unknown, false), ("lte", Bearer::Ethernet, true), ("wifi", Bearer::Ethernet, true)]);
    assert_eq!((found.profiles[2].uuid.as_str(), found.profiles[2].metered), (first.uuid(), Metered::Yes));
    // an unmanaged device is nobody's to raise
    let mut bench = crate::setup::bench(&[profile(LTE, &second)]).await?;
    let link = bench.link(LTE).ok_or("a report")?;
    assert_eq!(link.cause, Cause::CannotStartStop, "{link:?}");
    let op = bench.raise(LTE);
    assert_eq!(bench.done(LTE, op).await?.cause, Cause::CannotStartStop);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn named_by_name_or_interface(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let by_name = Profile { access_point: WIFI, connection: Some("wifi".into()), interface: None };
    let by_interface = Profile { access_point: LTE, connection: None, interface: Some("lte0".into()) };
    let mut bench = crate::setup::bench(&[by_name, by_interface]).await?;
    for (access_point, file) in [(WIFI, &rig.first), (LTE, &rig.second)] {
        let carrier = bench.up(access_point).await?;
        rig.nm.becomes(file.uuid(), Some(2)).await?;
        echo(&carrier).await?;
    }
    bench.shut_down().await?;
    Ok(())
}
