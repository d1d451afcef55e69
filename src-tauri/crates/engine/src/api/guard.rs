//! Who may ask over the network: a browser or program of this machine that knows this start's token.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::{AUTHORIZATION, ORIGIN};
use http::request::Parts;

use super::assets::add_security;
use super::error::Failure;
use crate::loopback::is_sent_to;
use crate::token::Token;

/// Lets a request through to the Router, or refuses it. The interface's files are anybody's; what it asks for is not. A cookie would
/// carry the token to every port of this machine, so the page says it in a header, out of the address that was opened.
pub(crate) async fn guard(port: u16, token: Token, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match check(&parts, port, &token) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(message) if is_api(&parts) => Failure::Forbidden(message).into_response(),
        Err(message) => refused(&message),
    };
    add_security(response.headers_mut());
    response
}

fn is_api(request: &Parts) -> bool {
    request.uri.path().starts_with("/api/")
}

fn check(request: &Parts, port: u16, token: &Token) -> Result<(), String> {
    if !is_sent_to(request, port) {
        return Err(format!("Ask http://127.0.0.1:{port}, by no other host name."));
    }
    let cross_site = request
        .headers
        .get("sec-fetch-site")
        .is_some_and(|site| !["same-origin", "none"].contains(&site.to_str().unwrap_or_default()));
    if !is_own_page(request) || (cross_site && is_api(request)) {
        return Err("Only this program's own pages may ask.".into());
    }
    if is_api(request) && !knows(request, token) {
        return Err("Open the address that `spanglass serve` printed: it carries the token this needs, and each start makes a new one.".into());
    }
    Ok(())
}

/// Says whether a request comes from no page or from one of this very listener.
fn is_own_page(request: &Parts) -> bool {
    let mut origins = request.headers.get_all(ORIGIN).iter();
    let own = request.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let own = own.or(request.uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| origin.strip_prefix("http://") == Some(own)),
        (Some(_), Some(_)) => false,
    }
}

fn knows(request: &Parts, token: &Token) -> bool {
    let told = request.headers.get_all(AUTHORIZATION).iter();
    told.filter_map(|value| value.to_str().ok()?.strip_prefix("Bearer ")).any(|told| token.is(told))
}

fn refused(message: &str) -> Response {
    let page =
        format!("<!doctype html><meta charset=utf-8><title>Spanglass</title><h1>Not this way</h1><p>{message}</p>");
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}
