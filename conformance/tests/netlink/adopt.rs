//! Is what a killed process left taken over, and nothing of it left behind in the end? (C13)

use crate::dhcp::{heard, lease};
use crate::raise::echo;
use crate::route::source;
use crate::setup::{LTE, WIFI, leased, profile};
use netsession_backends::executor::{Carrier, Left};
use netsession_backends::netlink::{Netlink, Options, Profile};
use netsession_conformance::adoption::{Ground, Next};
use netsession_conformance::lab::daemons::{Dhcp, DhcpOptions};
use netsession_conformance::lab::{Death, Deed, Dump, ECHO_PORT, Lab, Numbered, Outcome, Request, SERVICE_V4, live};
use netsession_fsm::words::AccessPointId;
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use std::error::Error;
use std::fs;
use std::time::Duration;

type Made = Result<Netlink, Box<dyn Error>>;

/// Links of these profiles, the first of which is preferred.
fn ground(profiles: &[Profile]) -> Ground<impl Fn() -> Made + Clone + Send + use<>> {
    let (profiles, access_points) = (profiles.to_vec(), profiles.iter().map(|profile| profile.access_point).collect());
    Ground { make: move || Ok(Netlink::new(Options::default(), profiles.clone())?), access_points }
}

const BOTH: Deed<Netlink> = |bench| {
    Box::pin(async {
        bench.up(WIFI).await?;
        bench.up(LTE).await?;
        let op = bench.prefer(Some(WIFI));
        bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
    })
};

const ONE: Deed<Netlink> = |bench| {
    Box::pin(async {
        bench.up(WIFI).await?;
        let op = bench.prefer(Some(WIFI));
        bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
    })
};

const RAISE: Deed<Netlink> = |bench| Box::pin(async { Ok(bench.up(WIFI).await.map(drop)?) });

const CARRIES: Deed<Netlink> = |bench| {
    Box::pin(async {
        let link = bench.link(WIFI).ok_or("a report")?;
        assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
        echo(bench.carrier(WIFI).ok_or("a carrier")?, (SERVICE_V4, ECHO_PORT).into()).await?;
        // the client that took up the lease is heard before anything else happens
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(())
    })
};

const LOWER: Deed<Netlink> = |bench| {
    Box::pin(async {
        for access_point in [WIFI, LTE] {
            let op = bench.lower(access_point);
            bench.done(access_point, op).await?;
        }
        Ok(())
    })
};

const STOP: Deed<Netlink> = |bench| {
    Box::pin(async {
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        Ok(())
    })
};

/// Datagrams through an interface.
async fn numbered(lab: &Lab, interface: &str, pace: Duration) -> Result<Numbered, Box<dyn Error>> {
    let socket = tokio::net::UdpSocket::bind("0.0.0.0:0").await?;
    let carrier = Carrier { interface: interface.into(), index: lab.wire.index(interface).await?, ..Carrier::default() };
    netsession_backends::bind::to_interface(&socket, &carrier)?;
    Ok(Numbered::start(socket, (SERVICE_V4, ECHO_PORT).into(), pace))
}

/// Two links with fixed addresses, one found up with somebody's address on it, beside another one that has the default route.
async fn fixed(lab: &Lab) -> Result<([Profile; 2], Dump), Box<dyn Error>> {
    let (wifi, lte, home) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?, lab.plug_in("home0", 3).await?);
    lab.wire.set_up("home0", true).await?;
    lab.wire.add_address("home0", home.v4.0, home.v4.1).await?;
    lab.wire.add_default("home0", home.gateway_v4, 400).await?;
    lab.wire.set_up("lte0", true).await?;
    lab.wire.add_address("lte0", "10.2.0.99".parse()?, 24).await?;
    Ok(([profile(WIFI, &wifi), profile(LTE, &lte)], lab.wire.settled().await?))
}

pub(crate) async fn links_carry_on_and_are_put_back(lab: Lab) -> Outcome {
    let (profiles, before) = fixed(&lab).await?;
    let ground = ground(&profiles);
    for next in [Next::Lower, Next::End] {
        let last = ground.live(BOTH, Death::Done).await?;
        let raised = lab.wire.settled().await?;
        let interface = &profiles[0].interface;
        let numbered = numbered(&lab, interface, Duration::from_millis(2)).await?;
        let (mut bench, kept) = ground.adopt(ground.left(last.note)).await?;
        for access_point in [WIFI, LTE] {
            let link = bench.link(access_point).ok_or("a report")?;
            assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
            echo(bench.carrier(access_point).ok_or("a carrier")?, (SERVICE_V4, ECHO_PORT).into()).await?;
        }
        assert_eq!(source(SERVICE_V4.into()).await?, profiles[0].addresses[0].0, "still preferred");
        // a raise of what is up changes nothing, nor does the same preference
        bench.up(WIFI).await?;
        let op = bench.prefer(Some(WIFI));
        assert_eq!(bench.route(op).await?, Ok(()));
        lab.wire.becomes(&raised).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let tally = numbered.stop().await?;
        assert!(tally.sent > 10 && tally.lost.is_empty(), "{tally:?}");
        if next == Next::Lower {
            for access_point in [WIFI, LTE] {
                let op = bench.lower(access_point);
                let link = bench.done(access_point, op).await?;
                assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
            }
            lab.wire.becomes(&before).await?;
        }
        bench.shut_down().await?;
        lab.wire.becomes(&before).await?;
        assert_eq!(kept.note().as_deref(), Some(""));
    }
    Ok(())
}

pub(crate) async fn killed_at_any_point_of_static_links(lab: Lab) -> Outcome {
    let (profiles, before) = fixed(&lab).await?;
    ground(&profiles).every_death(None, BOTH, async || lab.wire.becomes(&before).await).await
}

pub(crate) async fn killed_at_any_point_of_a_lower(lab: Lab) -> Outcome {
    let (profiles, before) = fixed(&lab).await?;
    const ALL: Deed<Netlink> = |bench| {
        Box::pin(async {
            BOTH(bench).await?;
            LOWER(bench).await
        })
    };
    ground(&profiles).every_death(None, ALL, async || lab.wire.becomes(&before).await).await
}

pub(crate) async fn killed_while_taking_over(lab: Lab) -> Outcome {
    let (profiles, before) = fixed(&lab).await?;
    ground(&profiles).every_death(Some(BOTH), LOWER, async || lab.wire.becomes(&before).await).await
}

pub(crate) async fn killed_at_any_point_of_a_leased_link(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let before = lab.wire.settled().await?;
    ground(&[leased(WIFI, &wifi)]).every_death(None, ONE, async || lab.wire.becomes(&before).await).await
}

pub(crate) async fn lease_is_taken_over_and_given_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    let before = lab.wire.settled().await?;
    let ground = ground(&[leased(WIFI, &wifi)]);
    for next in [Next::Lower, Next::End, Next::Unwanted] {
        let last = ground.live(RAISE, Death::Done).await?;
        assert_eq!([server.heard().await?, server.heard().await?], [Request::Discover, Request::Request]);
        // one that is killed, too, after it took over: a raise of what is up is done at once
        let left = ground.left(last.note);
        let last = live(ground.make.clone(), ground.access_points.clone(), left, CARRIES, Death::Done).await?;
        // it asked whether its lease still holds
        assert_eq!(server.heard().await?, Request::Request);
        ground.ends_as_found(last, next, &async || lab.wire.becomes(&before).await).await?;
        heard(&mut server, Request::Release).await?;
    }
    Ok(())
}

pub(crate) async fn lease_is_renewed_for_whoever_holds_the_link(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(8, 77)).await?;
    let before = lab.wire.settled().await?;
    let ground = ground(&[leased(WIFI, &wifi)]);
    let last = ground.live(RAISE, Death::Done).await?;
    let numbered = numbered(&lab, "wifi0", Duration::from_millis(20)).await?;
    let (mut bench, _) = ground.adopt(ground.left(last.note)).await?;
    let start = std::time::Instant::now();
    heard(&mut server, Request::Request).await?;
    // it would have run out by then, with the time the kernel leaves it
    while start.elapsed() < Duration::from_secs(20) {
        heard(&mut server, Request::Request).await?;
    }
    let op = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, op)).await?;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Active));
    let tally = numbered.stop().await?;
    assert!(tally.sent > 100 && tally.lost.is_empty(), "{tally:?}");
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    heard(&mut server, Request::Release).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn killed_at_any_point_of_an_advertised_link(lab: Lab) -> Outcome {
    const ADVERTISED: DhcpOptions =
        DhcpOptions { lease: Duration::from_secs(3600), delay: Duration::ZERO, hosts: (100, 199), v4: false, v6: true };
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = Dhcp::start(&lab, &wifi, ADVERTISED).await?;
    let settings = || -> Result<String, Box<dyn Error>> {
        let read = |setting: &&str| fs::read_to_string(format!("/proc/sys/net/ipv6/conf/wifi0/{setting}"));
        Ok(["accept_ra", "autoconf", "accept_ra_defrtr", "ra_defrtr_metric"].iter().map(read).collect::<Result<String, _>>()?)
    };
    let (before, found) = (lab.wire.settled().await?, settings()?);
    let advertised = Profile { access_point: WIFI, interface: wifi.name.clone(), slaac: true, metric: 100, ..Profile::default() };
    let as_found = async || {
        lab.wire.becomes(&before).await?;
        if settings()? == found { Ok(()) } else { Err(format!("settings are {:?}, were {found:?}", settings()?).into()) }
    };
    ground(&[advertised]).every_death(None, ONE, as_found).await
}

pub(crate) async fn what_others_changed_stays_theirs(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let ground = ground(&[profile(WIFI, &wifi)]);
    // an address and a route beside ours on a device that was up
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.settled().await?;
    let last = ground.live(ONE, Death::Done).await?;
    lab.wire.add_address("wifi0", "10.1.0.99".parse()?, 24).await?;
    let (mut bench, _) = ground.adopt(ground.left(last.note)).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert!(lab.wire.settled().await?.about("10.1.0.99").any(|line| line.starts_with("address")));
    bench.shut_down().await?;
    lab.wire.remove_address("wifi0", "10.1.0.99".parse()?, 24).await?;
    lab.wire.set_up("wifi0", false).await?;
    // set up anew by somebody else, with addresses of his own
    let last = ground.live(ONE, Death::Done).await?;
    lab.wire.set_up("wifi0", false).await?;
    for (address, prefix) in [wifi.v4, wifi.v6] {
        // the kernel takes IPv6 addresses of a device that is set down by itself
        let _ = lab.wire.remove_address("wifi0", address, prefix).await;
    }
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", "10.1.0.98".parse()?, 24).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 77).await?;
    let (mut bench, kept) = ground.adopt(ground.left(last.note)).await?;
    let theirs = lab.wire.settled().await?;
    assert!(theirs.about("10.1.0.98").any(|line| line.starts_with("address")));
    assert!(theirs.about("Priority(7700)").next().is_none(), "rules of ours");
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.done), (Discovered, op));
    bench.shut_down().await?;
    lab.wire.becomes(&theirs).await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn device_that_is_another_one_is_left_alone(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let ground = ground(&[profile(WIFI, &wifi)]);
    let last = ground.live(ONE, Death::Done).await?;
    lab.router.unplug("wifi0").await?;
    let before = lab.wire.settled().await?;
    assert!(before.about("Priority(7700)").next().is_some(), "the kernel leaves rules");
    // gone
    let (mut bench, kept) = ground.adopt(ground.left(last.note.clone())).await?;
    let link = bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    assert_eq!(link.access_point, WIFI);
    assert!(lab.wire.settled().await?.about("Priority(7700)").next().is_none(), "rules of ours");
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    // another one of the same name, with all that the profile wants: somebody else's
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let theirs = lab.wire.settled().await?;
    let (mut bench, _) = ground.adopt(ground.left(last.note)).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let op = bench.lower(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.state, Active, "the first Lower is what the killed process owed");
    lab.wire.becomes(&theirs).await?;
    let op = bench.lower(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.state, Discovered, "the second one means it");
    bench.shut_down().await?;
    lab.wire.becomes(&theirs).await
}

pub(crate) async fn stopped_link_comes_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    let before = lab.wire.settled().await?;
    let ground = ground(&[profile(WIFI, &wifi)]);
    let last = ground.live(STOP, Death::Done).await?;
    let left = Left { note: last.note, ..Left::default() };
    let (mut bench, _) = ground.adopt(left.clone()).await?;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Discovered), "it stays stopped");
    bench.up(WIFI).await?;
    lab.wire.becomes(&before).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    // started again by others meanwhile: theirs
    let (bench, kept) = ground.adopt(left).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}

pub(crate) async fn without_a_note_what_may_be_of_others_stays(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let ground = ground(&[profile(WIFI, &wifi)]);
    for note in [None, Some("{\"form\":77}".to_owned()), Some("nonsense".to_owned())] {
        lab.wire.set_up("wifi0", true).await?;
        let before = lab.wire.settled().await?;
        lab.wire.set_up("wifi0", false).await?;
        ground.live(ONE, Death::Done).await?;
        let (mut bench, kept) = ground.adopt(ground.left(note)).await?;
        assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Active));
        echo(bench.carrier(WIFI).ok_or("a carrier")?, (SERVICE_V4, ECHO_PORT).into()).await?;
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        lab.wire.becomes(&before.clone()).await?;
        bench.shut_down().await?;
        assert_eq!(kept.note().as_deref(), Some(""));
        lab.wire.set_up("wifi0", false).await?;
    }
    Ok(())
}

pub(crate) async fn access_point_that_is_no_more_is_put_back(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let before = lab.wire.settled().await?;
    let last = ground(&[profile(WIFI, &wifi)]).live(ONE, Death::Done).await?;
    // its interface has another access point now
    let other = Profile { access_point: AccessPointId(7), ..profile(LTE, &wifi) };
    let ground = ground(&[other, profile(LTE, &lte)]);
    let left = Left { raised: vec![WIFI], preferred: Some(WIFI), note: last.note, ..Left::default() };
    let (bench, kept) = ground.adopt(left).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    assert_eq!(kept.note().as_deref(), Some(""));
    Ok(())
}
