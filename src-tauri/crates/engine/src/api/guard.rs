//! Who may ask over the network: a browser or program of this machine that knows this start's token.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::request::Parts;
use http::{Method, StatusCode};

use super::assets::add_security;
use super::error::Failure;
use crate::loopback::is_sent_to;
use crate::token::Token;

/// Lets a request through to the Router, takes a token from the address into a cookie, or refuses.
pub(crate) async fn guard(port: u16, token: Token, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match check(&parts, port, &token) {
        Verdict::Through => next.run(Request::from_parts(parts, body)).await,
        Verdict::SignedIn => signed_in(port, &token),
        Verdict::Refused(message) if parts.uri.path().starts_with("/api/") => {
            Failure::Forbidden(message).into_response()
        }
        Verdict::Refused(message) => refused(&message),
    };
    add_security(response.headers_mut());
    response
}

enum Verdict {
    Through,
    SignedIn,
    Refused(String),
}

fn check(request: &Parts, port: u16, token: &Token) -> Verdict {
    if !is_sent_to(request, port) {
        return Verdict::Refused(format!("Ask http://127.0.0.1:{port}, by no other host name."));
    }
    if !is_own_page(request) {
        return Verdict::Refused("Only this program's own pages may ask.".into());
    }
    let told =
        request.uri.query().into_iter().flat_map(|query| query.split('&')).find_map(|pair| pair.strip_prefix("token="));
    if request.method == Method::GET && request.uri.path() == "/" && told.is_some_and(|told| token.is(told)) {
        return Verdict::SignedIn;
    }
    let cross_site = request
        .headers
        .get("sec-fetch-site")
        .is_some_and(|site| !["same-origin", "none"].contains(&site.to_str().unwrap_or_default()));
    if cross_site && request.uri.path().starts_with("/api/") {
        return Verdict::Refused("Only this program's own pages may ask.".into());
    }
    if knows(request, port, token) {
        return Verdict::Through;
    }
    Verdict::Refused("Open the address that `spanglass serve` printed: it carries the token this needs, and each start makes a new one.".into())
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

fn knows(request: &Parts, port: u16, token: &Token) -> bool {
    let bearer =
        request.headers.get_all(AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let name = cookie_name(port);
    let cookies = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let cookies = cookies.filter(|(told, _)| *told == name).map(|(_, value)| value);
    bearer.chain(cookies).any(|told| token.is(told))
}

/// Cookies do not tell ports apart, so the name does.
fn cookie_name(port: u16) -> String {
    format!("spanglass_{port}")
}

fn signed_in(port: u16, token: &Token) -> Response {
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name(port), token.as_str());
    (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, "/".to_owned())]).into_response()
}

fn refused(message: &str) -> Response {
    let page =
        format!("<!doctype html><meta charset=utf-8><title>Spanglass</title><h1>Not this way</h1><p>{message}</p>");
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}
