//! `script`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `script` of the add-on `scripts`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.script().global_custom_vars().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Script("script");
}

endpoints! {
    impl Script("script");

    /// `script/view/globalCustomVar`: the whole answer is given as JSON.
    view "globalCustomVar" global_custom_var(var_key: &str = "varKey") -> Value;

    /// `script/view/globalCustomVars`: the whole answer is given as JSON.
    view "globalCustomVars" global_custom_vars() -> Value;

    /// `script/view/globalVar`: the whole answer is given as JSON.
    view "globalVar" global_var(var_key: &str = "varKey") -> Value;

    /// `script/view/globalVars`: the whole answer is given as JSON.
    view "globalVars" global_vars() -> Value;

    /// `script/view/listEngines`: the whole answer is given as JSON.
    view "listEngines" list_engines() -> Value;

    /// `script/view/listScripts`: the whole answer is given as JSON.
    view "listScripts" list_scripts() -> Value;

    /// `script/view/listTypes`: the whole answer is given as JSON.
    view "listTypes" list_types() -> Value;

    /// `script/view/scriptCustomVar`: the whole answer is given as JSON.
    view "scriptCustomVar" script_custom_var(
        script_name: &str = "scriptName",
        var_key: &str = "varKey",
    ) -> Value;

    /// `script/view/scriptCustomVars`: the whole answer is given as JSON.
    view "scriptCustomVars" script_custom_vars(script_name: &str = "scriptName") -> Value;

    /// `script/view/scriptVar`: the whole answer is given as JSON.
    view "scriptVar" script_var(script_name: &str = "scriptName", var_key: &str = "varKey") -> Value;

    /// `script/view/scriptVars`: the whole answer is given as JSON.
    view "scriptVars" script_vars(script_name: &str = "scriptName") -> Value;

    /// `script/action/clearGlobalCustomVar` answers with `OK`.
    action "clearGlobalCustomVar" clear_global_custom_var(var_key: &str = "varKey");

    /// `script/action/clearGlobalVar` answers with `OK`.
    action "clearGlobalVar" clear_global_var(var_key: &str = "varKey");

    /// `script/action/clearGlobalVars` answers with `OK`.
    action "clearGlobalVars" clear_global_vars();

    /// `script/action/clearScriptCustomVar` answers with `OK`.
    action "clearScriptCustomVar" clear_script_custom_var(
        script_name: &str = "scriptName",
        var_key: &str = "varKey",
    );

    /// `script/action/clearScriptVar` answers with `OK`.
    action "clearScriptVar" clear_script_var(script_name: &str = "scriptName", var_key: &str = "varKey");

    /// `script/action/clearScriptVars` answers with `OK`.
    action "clearScriptVars" clear_script_vars(script_name: &str = "scriptName");

    /// `script/action/disable` answers with `OK`.
    action "disable" disable(script_name: &str = "scriptName");

    /// `script/action/enable` answers with `OK`.
    action "enable" enable(script_name: &str = "scriptName");

    /// `script/action/load` answers with `OK`.
    action "load" load(
        script_name: &str = "scriptName",
        script_type: &str = "scriptType",
        script_engine: &str = "scriptEngine",
        file_name: &str = "fileName",
    ) => LoadRequest {
        /// Sends `scriptDescription`.
        script_description: &str = "scriptDescription",
        /// Sends `charset`.
        charset: &str = "charset",
    };

    /// `script/action/remove` answers with `OK`.
    action "remove" remove(script_name: &str = "scriptName");

    /// `script/action/runStandAloneScript`: the whole answer is given as JSON.
    action "runStandAloneScript" run_stand_alone_script(script_name: &str = "scriptName") -> Value;

    /// `script/action/setGlobalVar` answers with `OK`.
    action "setGlobalVar" set_global_var(var_key: &str = "varKey") => SetGlobalVarRequest {
        /// Sends `varValue`.
        var_value: &str = "varValue",
    };

    /// `script/action/setScriptVar` answers with `OK`.
    action "setScriptVar" set_script_var(
        script_name: &str = "scriptName",
        var_key: &str = "varKey",
    ) => SetScriptVarRequest {
        /// Sends `varValue`.
        var_value: &str = "varValue",
    };
}
