//! `ui/src/api/types.ts` is generated from the Rust types and committed; `UPDATE=1 cargo test --test types` writes it anew.

use spanglass_engine::api::types as api;
use spanglass_trace::usage::prices;
use spanglass_trace::{reading, views};
use ts_rs::{Config, TS};

macro_rules! declarations {
    ($($ty:ty),* $(,)?) => {{
        let config = Config::default();
        let mut text = String::from("// Generated from the Rust types by `UPDATE=1 cargo test --test types`. Do not edit.\n\nexport type JsonValue = unknown;\n");
        $(
            for line in <$ty as TS>::docs().unwrap_or_default().lines() {
                text.push_str(line.trim_end());
                text.push('\n');
            }
            text.push_str("export ");
            text.push_str(&<$ty as TS>::decl(&config));
            text.push('\n');
        )*
        text
    }};
}

fn declarations() -> String {
    declarations![
        reading::Kind,
        reading::Model,
        reading::Media,
        reading::Part,
        reading::Message,
        reading::Input,
        reading::Output,
        reading::ToolDefinition,
        reading::ToolExecution,
        reading::Document,
        reading::Usage,
        reading::ErrorInfo,
        reading::ChunkType,
        reading::Chunk,
        reading::Stream,
        reading::FieldGroup,
        views::summary::TraceStatus,
        views::summary::Counts,
        views::summary::TraceSummary,
        views::summary::NoteLevel,
        views::summary::Note,
        views::summary::ToldTwice,
        views::summary::TraceRow,
        views::summary::TraceHead,
        views::checks::Misfit,
        views::checks::Checked,
        views::document::StatusCode,
        views::document::SpanStatus,
        views::document::EventDocument,
        views::document::LinkDocument,
        views::document::Dropped,
        views::document::SpanDocument,
        views::document::InspectedSpan,
        views::document::TraceDocument,
        views::context::Changed,
        views::context::CacheBreak,
        views::context::CallContext,
        views::context::AgentContext,
        views::totals::TotalsBy,
        views::totals::TotalsOrder,
        views::totals::Total,
        views::totals::Totals,
        api::TotalsNow,
        views::timeline::RowBadge,
        views::timeline::TimelineRow,
        views::timeline::Lane,
        views::timeline::MinimapMark,
        views::timeline::Minimap,
        views::timeline::Shares,
        views::timeline::Timeline,
        views::conversation::ToolCallView,
        views::conversation::PartView,
        views::conversation::MessageView,
        views::transcript::Answer,
        views::transcript::Line,
        views::transcript::TranscriptRow,
        views::transcript::TranscriptWindow<'static>,
        views::transcript::Found,
        views::json_tree::JsonKind,
        views::json_tree::JsonKey,
        views::json_tree::JsonTreeRow,
        views::json_tree::JsonTreeRows,
        views::json_tree::JsonHits,
        views::stream::Stall,
        views::stream::Gaps,
        views::stream::StreamRow,
        views::stream::StreamedToolCall,
        views::stream::StreamView,
        views::tools::ToolCallState,
        views::tools::ToolCallRow,
        views::tools::ToolHead,
        views::tools::ToolLine<'static>,
        views::tools::ToolsRow<'static>,
        views::tools::ToolsWindow<'static>,
        views::ledger::Counted,
        views::ledger::LedgerRow,
        views::ledger::ModelTotal,
        views::ledger::Column,
        views::ledger::LedgerWindow<'static>,
        views::ledger::Addend,
        views::ledger::LeftOut,
        views::ledger::LedgerSum,
        views::ledger::Bill,
        views::ledger::Billed,
        views::ledger::BilledTokens,
        views::ledger::CallBar,
        views::ledger::AgentCalls,
        views::ledger::LedgerChart,
        views::compare::Whose,
        views::compare::Run,
        views::compare::Compared,
        views::compare::StepSide,
        views::compare::ComparedPart,
        views::compare::ComparedText,
        views::compare::Step,
        views::compare::ComparedSetting,
        views::compare::Compare,
        reading::WhyBlank,
        reading::Cut,
        prices::Rates,
        prices::Above,
        prices::Price,
        prices::PriceSource,
        api::JsonTreeQuery,
        api::JsonTree,
        api::PriceTable,
        api::KeepPrices,
        api::Settings,
        api::SettingsNow,
        api::Endpoint,
        api::Refusal,
        api::Forwarding,
        api::Received,
        api::ReadingAgain,
        api::ReadSoFar,
        api::Status,
        spanglass_trace::dialects::metrics::About,
        api::MetricPoint,
        api::MetricSeries,
        api::Metrics,
        api::Hit,
        api::TraceList,
        api::CompletionKind,
        api::Completion,
        api::Completions,
        api::TraceIds,
        api::Deleted,
        api::Changes,
        api::OpenedFile,
        api::TimelineQuery,
        api::Bounded<api::Status>,
        api::TextLines,
        api::ApiError,
        api::Created,
        api::ExportFormat,
        api::ExportRequest,
        api::ExportProgress,
        api::FoundPlace,
        api::Finding,
        api::ExportPreview,
    ]
}

#[test]
fn typescript_types_are_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/api/types.ts");
    let fresh = declarations();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &fresh).expect("ui/src/api is there");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == fresh, "ui/src/api/types.ts is stale: run `UPDATE=1 cargo test --test types`");
}
