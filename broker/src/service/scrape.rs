//! How does Prometheus get the counters? Over HTTP on a local socket, one request for each connection, whatever it asks for.

use super::Shared;
use super::tell::Tell;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long one request and its answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a request may be, in bytes.
const REQUEST: usize = 8192;

/// Answers whoever connects, one after the other.
pub(super) async fn serve(shared: Arc<Shared>, listener: UnixListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match timeout(PATIENCE, answer(&shared, &stream)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "counters were asked for and not taken"),
                Err(_) => tracing::debug!(patience = ?PATIENCE, "counters were asked for too slowly"),
            },
            Err(error) => {
                tracing::warn!(%error, "the socket of the counters takes nobody for a while");
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }
}

async fn answer(shared: &Shared, stream: &UnixStream) -> io::Result<()> {
    take_request(stream).await?;
    let (answer, answered) = oneshot::channel();
    shared.tell(Tell::Scrape(answer));
    let text = answered.await.map_err(|_| io::Error::other("the broker has ended"))?;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close\r\nContent-Length: ";
    write(stream, format!("{head}{}\r\n\r\n{text}", text.len()).as_bytes()).await
}

/// Reads up to the empty line that ends the head of a request.
async fn take_request(stream: &UnixStream) -> io::Result<()> {
    let mut request = vec![0; REQUEST];
    let mut length = 0;
    while !request[..length].windows(4).any(|end| end == b"\r\n\r\n") {
        stream.readable().await?;
        match stream.try_read(&mut request[length..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn write(stream: &UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
