//! What if a DHCP server refuses, is silent, is slow, or leases for seconds? One that does as it is told (RFC 2131).

use super::{LabError, Plug};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

/// How requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// With a lease for this long (whole seconds) of the address with this host number.
    Lease {
        /// How long.
        time: Duration,
        /// Which address: `10.<subnet>.0.<host>`.
        host: u8,
    },
    /// Offers are made; whoever takes one, or wants to keep a lease, is refused (DHCPNAK).
    Refuse,
    /// Not at all.
    Silent,
    /// As `Lease` of an hour of this host number, but each answer comes this much later.
    Late {
        /// How much.
        by: Duration,
        /// Which address.
        host: u8,
    },
}

/// What a client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Looking for a server.
    Discover,
    /// Wanting a lease, or to keep one.
    Request,
    /// Giving the lease back.
    Release,
    /// Refusing an address somebody else uses.
    Decline,
    /// Something else.
    Other(u8),
}

/// A DHCP server on the far end of an access point that does as it is told. Dropping it ends it.
#[derive(Debug)]
pub struct ScriptedDhcp {
    script: watch::Sender<Script>,
    heard: mpsc::UnboundedReceiver<Request>,
}

impl ScriptedDhcp {
    /// From now on, this.
    pub fn set(&self, script: Script) {
        self.script.send_replace(script);
    }

    /// The next message of a client, waited for.
    ///
    /// # Errors
    /// If the router is gone.
    pub async fn heard(&mut self) -> Result<Request, LabError> {
        self.heard.recv().await.ok_or(LabError::RouterGone)
    }
}

/// The server's side, to be run by the router.
#[derive(Debug)]
pub(super) struct Server {
    plug: Plug,
    script: watch::Receiver<Script>,
    heard: mpsc::UnboundedSender<Request>,
}

/// Both sides of a server.
pub(super) fn server(plug: &Plug, script: Script) -> (ScriptedDhcp, Server) {
    let (tell, told) = watch::channel(script);
    let (hear, heard) = mpsc::unbounded_channel();
    (ScriptedDhcp { script: tell, heard }, Server { plug: plug.clone(), script: told, heard: hear })
}

const SERVER: u16 = 67;
const CLIENT: u16 = 68;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Where options begin: after the fixed fields and the cookie.
const OPTIONS: usize = 240;
const HOUR: Duration = Duration::from_secs(3600);

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const DECLINE: u8 = 4;
const ACK: u8 = 5;
const NAK: u8 = 6;
const RELEASE: u8 = 7;

impl Server {
    /// Opens its socket, on the far end and nowhere else, and starts to answer.
    pub(super) fn start(self) -> io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        socket.set_broadcast(true)?;
        socket.bind_device(Some(self.plug.name.as_bytes()))?;
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, SERVER)).into())?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket.into())?;
        tokio::spawn(self.serve(socket));
        Ok(())
    }

    async fn serve(mut self, socket: UdpSocket) {
        let mut datagram = vec![0; 1500];
        loop {
            let received = tokio::select! {
                received = socket.recv_from(&mut datagram) => received,
                // its handle was dropped
                () = self.heard.closed() => return,
            };
            // errors are those of the link, which may come back
            let Ok((length, _)) = received else { continue };
            let Some(kind) = option(&datagram[..length], 53).and_then(|kind| kind.first().copied()) else { continue };
            let request = match kind {
                DISCOVER => Request::Discover,
                REQUEST => Request::Request,
                DECLINE => Request::Decline,
                RELEASE => Request::Release,
                other => Request::Other(other),
            };
            let _ = self.heard.send(request);
            self.answer(&socket, kind, &datagram[..length]).await;
        }
    }

    async fn answer(&mut self, socket: &UdpSocket, kind: u8, request: &[u8]) {
        let script = *self.script.borrow();
        let (answer, time, host) = match (script, kind) {
            (Script::Lease { time, host }, DISCOVER) => (OFFER, time, host),
            (Script::Lease { time, host }, REQUEST) => (ACK, time, host),
            (Script::Late { host, .. }, DISCOVER) => (OFFER, HOUR, host),
            (Script::Late { host, .. }, REQUEST) => (ACK, HOUR, host),
            (Script::Refuse, DISCOVER) => (OFFER, HOUR, 2),
            (Script::Refuse, REQUEST) => (NAK, HOUR, 2),
            _ => return,
        };
        if let Script::Late { by, .. } = script {
            tokio::time::sleep(by).await;
        }
        let reply = self.reply(answer, time, host, request);
        // a client that keeps its lease has its address, and is answered there (RFC 2131 §4.1); the link may be gone
        let address = match <[u8; 4]>::try_from(&request[12..16]) {
            Ok(address) if address != [0; 4] && answer == ACK => address.into(),
            _ => Ipv4Addr::BROADCAST,
        };
        let _ = socket.send_to(&reply, SocketAddrV4::new(address, CLIENT)).await;
    }

    fn reply(&self, answer: u8, time: Duration, host: u8, request: &[u8]) -> Vec<u8> {
        let (subnet, us) = (self.plug.subnet, [10, self.plug.subnet, 0, 1]);
        let mut reply = request[..OPTIONS].to_vec();
        reply[0] = 2;
        // no hops, no seconds, no names; the transaction, the flags and the client's hardware address are those of the request
        reply[3] = 0;
        reply[8..10].fill(0);
        reply[16..20].copy_from_slice(&if answer == NAK { [0; 4] } else { [10, subnet, 0, host] });
        reply[20..24].copy_from_slice(&us);
        reply[44..236].fill(0);
        reply[236..240].copy_from_slice(&COOKIE);
        let mut option = |code: u8, value: &[u8]| {
            reply.extend([code, u8::try_from(value.len()).unwrap_or(0)]);
            reply.extend(value);
        };
        option(53, &[answer]);
        option(54, &us);
        if answer != NAK {
            option(51, &u32::try_from(time.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
            option(1, &[255, 255, 255, 0]);
            option(3, &us);
            option(6, &us);
        }
        reply.push(255);
        reply.resize(reply.len().max(300), 0);
        reply
    }
}

fn option(message: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = message.get(OPTIONS..)?;
    loop {
        match *rest.first()? {
            0 => rest = &rest[1..],
            255 => return None,
            code => {
                let length = usize::from(*rest.get(1)?);
                let value = rest.get(2..2 + length)?;
                if code == wanted {
                    return Some(value);
                }
                rest = &rest[2 + length..];
            }
        }
    }
}
