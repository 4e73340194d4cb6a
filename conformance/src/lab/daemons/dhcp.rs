//! Who gives addresses on the other side? A DHCP server, and an advertiser of IPv6 prefixes, on the far end of an access point.

use super::process::has_said;
use super::{Daemon, Program, eventually};
use crate::lab::{Lab, LabError, Plug};
use std::time::Duration;

/// How the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DhcpOptions {
    /// For how long addresses are leased; at least two minutes, dnsmasq takes no less.
    pub lease: Duration,
    /// How long it thinks before it offers something, in whole seconds.
    pub delay: Duration,
    /// First and last host number of the addresses it leases, in the access point's IPv4 network.
    pub hosts: (u8, u8),
    /// Whether it leases IPv4 addresses.
    pub v4: bool,
    /// Whether it advertises the access point's IPv6 network, for stateless configuration (SLAAC), with itself as router.
    pub v6: bool,
}

impl Default for DhcpOptions {
    /// IPv4 only: an hour, at once.
    fn default() -> Self {
        Self { lease: Duration::from_secs(3600), delay: Duration::ZERO, hosts: (100, 199), v4: true, v6: false }
    }
}

/// A server on the far end of one access point. Dropping it ends it: silence. It gives the router as name server.
#[derive(Debug)]
pub struct Dhcp(Daemon);

impl Dhcp {
    /// Starts it. One that was stopped remembers nothing of its leases.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start(lab: &Lab, plug: &Plug, options: DhcpOptions) -> Result<Self, LabError> {
        lab.router.fill_in_checksums(&plug.name).await?;
        let name = format!("dnsmasq-{}", plug.name);
        let mut command = Daemon::command(Program::Dnsmasq, &name)?;
        command.args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--user=root",
            "--group=",
            "--pid-file=",
            "--log-facility=-",
            "--log-dhcp",
        ]);
        command.args(["--port=0", "--no-ping", "--dhcp-authoritative", "--leasefile-ro", "--bind-interfaces"]);
        command.arg(format!("--interface={}", plug.name));
        let (subnet, lease) = (plug.subnet, options.lease.as_secs());
        if options.v4 {
            let (first, last) = options.hosts;
            command.arg(format!("--dhcp-range=10.{subnet}.0.{first},10.{subnet}.0.{last},255.255.255.0,{lease}"));
            command.arg(format!("--dhcp-option=option:dns-server,{}", plug.gateway_v4));
        }
        if options.v6 {
            command.args(["--enable-ra", "--ra-param=*,4,600"]);
            command.arg(format!("--dhcp-range=fd00:{subnet:x}::,ra-only,64,{lease}"));
        }
        if !options.delay.is_zero() {
            command.arg(format!("--dhcp-reply-delay={}", options.delay.as_secs()));
        }
        let mut daemon = Daemon::new(&name, lab.router.spawn(command).await?);
        let said = if options.v4 { "sockets bound" } else { "router advertisement enabled" };
        let ready = async || if daemon.ended().is_err() { Some(daemon.ended()) } else { has_said(&name, said).then_some(Ok(())) };
        eventually(&name, ready).await??;
        Ok(Self(daemon))
    }

    /// Its process: frozen, it answers nothing until it is thawed, and then all at once.
    pub const fn daemon(&mut self) -> &mut Daemon {
        &mut self.0
    }
}
