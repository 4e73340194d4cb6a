//! When did the kernel say it? A plain netlink listener in a thread of its own, to compare an executor's reports with.

use super::LabError;
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::LinkFlags;
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// One message of the kernel.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When it was read.
    pub at: Instant,
    /// What it says.
    pub message: RouteNetlinkMessage,
}

/// Hears links, addresses and routes of the namespace it was started in, until the process ends.
#[derive(Debug)]
pub struct Listener(Arc<Mutex<Vec<Heard>>>);

impl Listener {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the kernel gives no netlink socket.
    pub fn start() -> Result<Self, LabError> {
        const GROUPS: [u32; 5] = [1, 5, 7, 9, 11];
        let mut socket = Socket::new(NETLINK_ROUTE).map_err(LabError::system("open a netlink socket"))?;
        let groups = GROUPS.iter().fold(0, |all, group| all | 1 << (group - 1));
        socket.bind(&SocketAddr::new(0, groups)).map_err(LabError::system("listen to the kernel"))?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        let listen = move || {
            while let Ok((bytes, _)) = socket.recv_from_full() {
                let at = Instant::now();
                if let Ok(NetlinkMessage { payload: NetlinkPayload::InnerMessage(message), .. }) = NetlinkMessage::deserialize(&bytes) {
                    all.lock().unwrap_or_else(PoisonError::into_inner).push(Heard { at, message });
                }
            }
        };
        std::thread::Builder::new().name("listener".into()).spawn(listen).map_err(LabError::system("start the listener"))?;
        Ok(Self(heard))
    }

    /// The first message at or after a moment that fits.
    pub fn first_after(&self, moment: Instant, fits: impl Fn(&RouteNetlinkMessage) -> bool) -> Option<Heard> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().find(|heard| heard.at >= moment && fits(&heard.message)).cloned()
    }

    /// When the link of this index was first told to be up and without carrier, at or after a moment.
    #[must_use]
    pub fn carrier_lost(&self, index: u32, moment: Instant) -> Option<Instant> {
        let lost = |message: &RouteNetlinkMessage| match message {
            RouteNetlinkMessage::NewLink(link) => {
                let flags = link.header.flags;
                link.header.index == index && flags.contains(LinkFlags::Up) && !flags.contains(LinkFlags::LowerUp)
            }
            _ => false,
        };
        self.first_after(moment, lost).map(|heard| heard.at)
    }
}
