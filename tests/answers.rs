//! From a request to the list and the opened trace: ingest, live and query together, without a network.

#![allow(clippy::unwrap_used)]

#[path = "answers/agents.rs"]
mod agents;
#[path = "answers/bounds.rs"]
mod bounds;
#[path = "answers/convergence.rs"]
mod convergence;
#[path = "answers/costs.rs"]
mod costs;
#[path = "answers/damage.rs"]
mod damage;
#[path = "answers/engine.rs"]
mod engine;
#[path = "answers/lists.rs"]
mod lists;
#[path = "answers/recorded.rs"]
mod recorded;
#[path = "answers/requests.rs"]
mod requests;
#[path = "answers/revisions.rs"]
mod revisions;
#[path = "answers/search.rs"]
mod search;
