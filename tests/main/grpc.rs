//! gRPC by hand: unary calls over HTTP/2.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;

/// A call; the message is framed and sent in one stream.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What is sent, frames included.
    pub(crate) body: Bytes,
    pub(crate) authority: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    /// `grpc-status`, from the trailers or an answer that is trailers only.
    pub(crate) status: i32,
    /// Everything in headers and trailers.
    pub(crate) metadata: HeaderMap,
    /// The message's bytes, without its frame.
    pub(crate) message: Vec<u8>,
}

impl Call {
    pub(crate) fn export(service: &str, message: &[u8]) -> Self {
        let package = service.to_ascii_lowercase();
        let path = format!("/opentelemetry.proto.collector.{package}.v1.{service}Service/Export");
        let headers = vec![("content-type", "application/grpc".to_owned()), ("te", "trailers".to_owned())];
        Self { path, headers, body: framed(0, message), authority: None }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(told, _)| *told != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn send(&self, port: u16) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(self.send_on(port)).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    async fn send_on(&self, port: u16) -> Result<Answer, Box<dyn std::error::Error>> {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        let (client, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        let mut client = client.ready().await?;
        let authority = self.authority.clone().unwrap_or_else(|| format!("127.0.0.1:{port}"));
        let mut request = http::Request::post(format!("http://{authority}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let (response, mut body) = client.send_request(request.body(())?, false)?;
        // A refusal may come before all is sent; what cannot be sent then does not matter.
        let sending = async {
            let mut rest = self.body.clone();
            while !rest.is_empty() {
                body.reserve_capacity(rest.len());
                match std::future::poll_fn(|context| body.poll_capacity(context)).await {
                    Some(Ok(capacity)) => body.send_data(rest.split_to(capacity.min(rest.len())), false)?,
                    _ => return Ok::<_, h2::Error>(()),
                }
            }
            body.send_data(Bytes::new(), true)
        };
        let (_, response) = tokio::join!(sending, response);
        let response = response?;
        let http_status = response.status().as_u16();
        let mut metadata = response.headers().clone();
        let mut body = response.into_body();
        let mut message = Vec::new();
        while let Some(data) = body.data().await {
            let data = data?;
            body.flow_control().release_capacity(data.len())?;
            message.extend_from_slice(&data);
        }
        metadata.extend(body.trailers().await?.unwrap_or_default());
        let status = metadata.get("grpc-status").and_then(|status| status.to_str().ok()?.parse().ok()).unwrap_or(-1);
        let message = message.get(5..).unwrap_or_default().to_vec();
        Ok(Answer { http_status, status, metadata, message })
    }
}

pub(crate) fn framed(flag: u8, message: &[u8]) -> Bytes {
    let mut body = BytesMut::with_capacity(message.len() + 5);
    body.put_u8(flag);
    body.put_u32(message.len() as u32);
    body.extend_from_slice(message);
    body.freeze()
}
