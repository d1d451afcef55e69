//! The menu: what only the window does is done here, everything else is a command of the page, named by its id.

use tauri::menu::{AboutMetadata, Menu, MenuEvent, MenuItemBuilder, Submenu, SubmenuBuilder};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_dialog::DialogExt;

use crate::open_file;
use crate::recent::Recent;
use crate::window;
use crate::zoom;

/// What begins the id of an item that opens a file again; its place in the list follows.
const RECENT: &str = "recent.";

/// Items that the page does: their id, title, and key.
type Commands = [(&'static str, &'static str, Option<&'static str>)];

const FIND: &Commands =
    &[("filter", "Find traces…", Some("CmdOrCtrl+F")), ("palette", "All commands…", Some("CmdOrCtrl+K"))];
const EXPORT: &Commands = &[
    ("trace.export", "Export this trace…", Some("CmdOrCtrl+E")),
    ("export.shown", "Export all that the list shows…", None),
];
const THEMES: &Commands =
    &[("theme.system", "As the system", None), ("theme.dark", "Dark", None), ("theme.light", "Light", None)];
const HELP: &Commands =
    &[("keys", "Keys", None), ("setup", "Addresses and set-up", None), ("samples.add", "Add sample traces", None)];

/// The submenu of the files that were opened.
struct RecentMenu(Submenu<Wry>);

/// Makes the menu and answers it.
///
/// # Errors
/// When the system makes no menu.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let item = |id: &str, title: &str, key: Option<&str>| {
        let item = MenuItemBuilder::with_id(id, title);
        key.into_iter().fold(item, |item, key| item.accelerator(key)).build(app)
    };
    let with = |menu: Submenu<Wry>, commands: &Commands| -> tauri::Result<Submenu<Wry>> {
        commands.iter().try_for_each(|(id, title, key)| menu.append(&item(id, title, *key)?))?;
        Ok(menu)
    };
    let recent = SubmenuBuilder::new(app, "Open recent").build()?;
    let file =
        SubmenuBuilder::new(app, "File").item(&item("open", "Open…", Some("CmdOrCtrl+O"))?).item(&recent).separator();
    let file = with(file.build()?, EXPORT)?;
    file.append(&tauri::menu::PredefinedMenuItem::separator(app)?)?;
    file.append(&item("quit", "Quit", Some("CmdOrCtrl+Q"))?)?;
    // WebKit knows the keys of these by itself, and which part of the page they are for.
    let edit = SubmenuBuilder::new(app, "Edit")
        .item(&item("edit.Cut", "Cut", None)?)
        .item(&item("edit.Copy", "Copy", None)?)
        .item(&item("edit.Paste", "Paste", None)?)
        .item(&item("edit.SelectAll", "Select all", None)?)
        .separator();
    let edit = with(edit.build()?, FIND)?;
    let view = SubmenuBuilder::new(app, "View")
        .item(&with(SubmenuBuilder::new(app, "Theme").build()?, THEMES)?)
        .separator()
        .item(&item("zoom.in", "Larger", Some("CmdOrCtrl+="))?)
        .item(&item("zoom.out", "Smaller", Some("CmdOrCtrl+-"))?)
        .item(&item("zoom.reset", "As designed", Some("CmdOrCtrl+0"))?)
        .separator()
        .item(&item("reload", "Reload", Some("CmdOrCtrl+R"))?)
        .build()?;
    let about = AboutMetadata {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        comments: Some(
            "A viewer for the traces of LLM programs. Nothing leaves this machine unless you say so.".to_owned(),
        ),
        license: Some("Apache-2.0".to_owned()),
        ..AboutMetadata::default()
    };
    let help = with(SubmenuBuilder::new(app, "Help").build()?, HELP)?;
    help.append(&tauri::menu::PredefinedMenuItem::about(app, Some("About Spanglass"), Some(about))?)?;
    app.set_menu(Menu::with_items(app, &[&file, &edit, &view, &help])?)?;
    app.manage(RecentMenu(recent));
    show_recent(app)?;
    app.on_menu_event(chosen);
    Ok(())
}

/// Shows the files that were opened.
///
/// # Errors
/// When the system does not change the menu.
pub(crate) fn show_recent(app: &AppHandle) -> tauri::Result<()> {
    let menu = &app.state::<RecentMenu>().0;
    while menu.remove_at(0)?.is_some() {}
    let files = app.state::<Recent>().files();
    for (place, file) in files.iter().enumerate() {
        // `&` marks a key in the titles of menus.
        let title = file.display().to_string().replace('&', "&&");
        menu.append(&MenuItemBuilder::with_id(format!("{RECENT}{place}"), title).build(app)?)?;
    }
    if !files.is_empty() {
        menu.append(&tauri::menu::PredefinedMenuItem::separator(app)?)?;
        menu.append(&MenuItemBuilder::with_id("forget", "Forget these").build(app)?)?;
    }
    menu.set_enabled(!files.is_empty())
}

fn chosen(app: &AppHandle, event: MenuEvent) {
    let id = event.id().as_ref();
    let done = match id {
        "open" => {
            ask_for_files(app);
            Ok(())
        }
        "quit" => {
            window::close(app);
            Ok(())
        }
        "reload" => window::reload(app),
        "zoom.in" => zoom::zoom(app, |zoom| zoom * 1.1),
        "zoom.out" => zoom::zoom(app, |zoom| zoom / 1.1),
        "zoom.reset" => zoom::zoom(app, |_| 1.0),
        "forget" => {
            app.state::<Recent>().forget();
            show_recent(app)
        }
        _ => match (id.strip_prefix(RECENT), id.strip_prefix("edit.")) {
            (Some(place), _) => {
                let files = app.state::<Recent>().files();
                open_file::open(
                    app,
                    place.parse().ok().and_then(|place: usize| files.get(place).cloned()).into_iter().collect(),
                );
                Ok(())
            }
            (_, Some(command)) => window::edit(app, command),
            _ => window::command(app, id),
        },
    };
    if let Err(error) = done {
        tracing::warn!(%error, id, "what was chosen in the menu could not be done");
    }
}

fn ask_for_files(app: &AppHandle) {
    let asking = app.clone();
    app.dialog()
        .file()
        .set_title("Open traces")
        .add_filter("Traces", &["jsonl", "json", "spanglass", "pb", "bin", "otlp", "zip", "gz", "zst", "html"])
        .add_filter("All files", &["*"])
        .pick_files(move |files| {
            let files = files.unwrap_or_default().into_iter().filter_map(|file| file.into_path().ok());
            open_file::open(&asking, files.collect());
        });
}
