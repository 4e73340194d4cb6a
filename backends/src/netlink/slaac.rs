//! How does the kernel give a link IPv6 addresses by a router's advertisements, without giving it the system's default route? (C10)
//!
//! By the interface's settings (kernel documentation, `networking/ip-sysctl`), put back when the link is lowered:
//! - `accept_ra` = 2: also where the machine forwards, `autoconf` = 1, `accept_ra_defrtr` = 1;
//! - `ra_defrtr_metric` (since Linux 5.12): metric of the default route that the kernel makes of an advertisement, renews with each and
//!   takes away when its lifetime ends. It is chosen like that of every raised link, see `metric.rs`: behind all others. On an older
//!   kernel it would be 1024 always: there `accept_ra_defrtr` is 0, and the link has addresses and no router.
//!
//! A link without `slaac` that was down before may not take the default route either: its `accept_ra_defrtr` is 0 while it is ours.
//!
//! Measured on Linux 6.18: a change of the metric is followed at the next advertisement; after `accept_ra` = 0 neither the route nor
//! the prefix's own goes before its lifetime ends. So what advertisements left is taken away by hand, unless the device goes down.
//! The kernel asks for advertisements only when the device comes up: one that is up is asked for here (RFC 4861 §6.3.7).

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::fs;
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::path::PathBuf;

/// Settings of an interface before they were changed: which, and contents.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Before(Vec<(Setting, String)>);

/// A setting we change; in notes by the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Setting {
    #[serde(rename = "ra_defrtr_metric")]
    Metric,
    #[serde(rename = "accept_ra_defrtr")]
    DefaultRouter,
    #[serde(rename = "autoconf")]
    Autoconf,
    #[serde(rename = "accept_ra")]
    Accept,
}

impl Setting {
    const fn file(self) -> &'static str {
        match self {
            Self::Metric => "ra_defrtr_metric",
            Self::DefaultRouter => "accept_ra_defrtr",
            Self::Autoconf => "autoconf",
            Self::Accept => "accept_ra",
        }
    }
}

/// Makes the kernel take addresses and the router from advertisements, the router's route with `metric`. `note` is shown what was found
/// before each change.
///
/// On error everything is as it was.
pub(super) fn accept(interface: &str, metric: u32, note: impl FnMut(&Before)) -> io::Result<Before> {
    let mut before = Before::default();
    match before.accept(interface, metric, note) {
        Ok(()) => Ok(before),
        Err(error) => {
            before.put_back(interface);
            Err(error)
        }
    }
}

/// Keeps the kernel from taking a default route from advertisements. Without IPv6 there is nothing to keep it from.
pub(super) fn refuse_router(interface: &str, mut note: impl FnMut(&Before)) -> Before {
    let mut before = Before::default();
    if let Err(error) = before.set(interface, Setting::DefaultRouter, "0", &mut note)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(interface, %error, "netlink: an IPv6 router may give this link the default route");
    }
    before
}

impl Before {
    fn accept(&mut self, interface: &str, metric: u32, mut note: impl FnMut(&Self)) -> io::Result<()> {
        let by_metric = self.set(interface, Setting::Metric, &metric.to_string(), &mut note).is_ok();
        if !by_metric {
            let what = "no net.ipv6.conf.*.ra_defrtr_metric (Linux 5.12): IPv6 routers are not taken from advertisements";
            tracing::warn!(interface, "netlink: {what}");
        }
        self.set(interface, Setting::DefaultRouter, if by_metric { "1" } else { "0" }, &mut note)?;
        self.set(interface, Setting::Autoconf, "1", &mut note)?;
        self.set(interface, Setting::Accept, "2", &mut note)
    }

    fn set(&mut self, interface: &str, setting: Setting, value: &str, note: &mut impl FnMut(&Self)) -> io::Result<()> {
        let path = path(interface, setting);
        let found = fs::read_to_string(&path)?.trim().to_owned();
        if found != value {
            self.0.push((setting, found));
            note(self);
            fs::write(&path, value).inspect_err(|_| drop(self.0.pop()))?;
        }
        Ok(())
    }

    /// Advertisements were not heeded at all before.
    pub(super) fn began_to_accept(&self) -> bool {
        self.0.iter().any(|(setting, found)| *setting == Setting::Accept && found == "0")
    }

    /// Puts the settings back, last first. An interface that is gone has none.
    pub(super) fn put_back(self, interface: &str) {
        for (setting, value) in self.0.into_iter().rev() {
            match fs::write(path(interface, setting), value) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(interface, setting = setting.file(), %error, "netlink: a setting could not be put back");
                }
                Err(_) | Ok(()) => {}
            }
        }
    }
}

fn path(interface: &str, setting: Setting) -> PathBuf {
    ["/proc/sys/net/ipv6/conf", interface, setting.file()].iter().collect()
}

/// Asks the routers of an interface to advertise now. Needs `CAP_NET_RAW`; without it the next advertisement is waited for.
pub(super) fn solicit(index: u32) -> io::Result<()> {
    const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
    /// Type, code, checksum (the kernel's to fill in), reserved.
    const SOLICITATION: [u8; 8] = [133, 0, 0, 0, 0, 0, 0, 0];
    let socket = Socket::new(Domain::IPV6, Type::RAW.nonblocking(), Some(Protocol::ICMPV6))?;
    // anything else was forwarded, and is dropped
    socket.set_multicast_hops_v6(255)?;
    socket.send_to(&SOLICITATION, &SockAddr::from(SocketAddrV6::new(ALL_ROUTERS, 0, 0, index)))?;
    Ok(())
}
