//! `graphql`: written by `cargo xtask generated`.

use crate::api::graphql::GraphQl;
use crate::endpoint::endpoints;

endpoints! {
    impl GraphQl("graphql");

    /// The option `ArgsType`: text.
    view "optionArgsType" option_args_type() -> String as "ArgsType";

    /// The option `CycleDetectionMode`: text.
    view "optionCycleDetectionMode" option_cycle_detection_mode() -> String as "CycleDetectionMode";

    /// The option `LenientMaxQueryDepthEnabled`: true or false.
    view "optionLenientMaxQueryDepthEnabled" option_lenient_max_query_depth_enabled() -> bool as "LenientMaxQueryDepthEnabled";

    /// The option `MaxAdditionalQueryDepth`: a whole number.
    view "optionMaxAdditionalQueryDepth" option_max_additional_query_depth() -> i32 as "MaxAdditionalQueryDepth";

    /// The option `MaxArgsDepth`: a whole number.
    view "optionMaxArgsDepth" option_max_args_depth() -> i32 as "MaxArgsDepth";

    /// The option `MaxCycleDetectionAlerts`: a whole number.
    view "optionMaxCycleDetectionAlerts" option_max_cycle_detection_alerts() -> i32 as "MaxCycleDetectionAlerts";

    /// The option `MaxQueryDepth`: a whole number.
    view "optionMaxQueryDepth" option_max_query_depth() -> i32 as "MaxQueryDepth";

    /// The option `OptionalArgsEnabled`: true or false.
    view "optionOptionalArgsEnabled" option_optional_args_enabled() -> bool as "OptionalArgsEnabled";

    /// The option `QueryGenEnabled`: true or false.
    view "optionQueryGenEnabled" option_query_gen_enabled() -> bool as "QueryGenEnabled";

    /// The option `QuerySplitType`: text.
    view "optionQuerySplitType" option_query_split_type() -> String as "QuerySplitType";

    /// The option `RequestMethod`: text.
    view "optionRequestMethod" option_request_method() -> String as "RequestMethod";

    /// Sets the option `ArgsType`.
    action "setOptionArgsType" set_option_args_type(value: &str = "String");

    /// Sets the option `CycleDetectionMode`.
    action "setOptionCycleDetectionMode" set_option_cycle_detection_mode(value: &str = "String");

    /// Sets the option `LenientMaxQueryDepthEnabled`.
    action "setOptionLenientMaxQueryDepthEnabled" set_option_lenient_max_query_depth_enabled(
        value: bool = "Boolean",
    );

    /// Sets the option `MaxAdditionalQueryDepth`.
    action "setOptionMaxAdditionalQueryDepth" set_option_max_additional_query_depth(value: i32 = "Integer");

    /// Sets the option `MaxArgsDepth`.
    action "setOptionMaxArgsDepth" set_option_max_args_depth(value: i32 = "Integer");

    /// Sets the option `MaxCycleDetectionAlerts`.
    action "setOptionMaxCycleDetectionAlerts" set_option_max_cycle_detection_alerts(value: i32 = "Integer");

    /// Sets the option `MaxQueryDepth`.
    action "setOptionMaxQueryDepth" set_option_max_query_depth(value: i32 = "Integer");

    /// Sets the option `OptionalArgsEnabled`.
    action "setOptionOptionalArgsEnabled" set_option_optional_args_enabled(value: bool = "Boolean");

    /// Sets the option `QueryGenEnabled`.
    action "setOptionQueryGenEnabled" set_option_query_gen_enabled(value: bool = "Boolean");

    /// Sets the option `QuerySplitType`.
    action "setOptionQuerySplitType" set_option_query_split_type(value: &str = "String");

    /// Sets the option `RequestMethod`.
    action "setOptionRequestMethod" set_option_request_method(value: &str = "String");
}
