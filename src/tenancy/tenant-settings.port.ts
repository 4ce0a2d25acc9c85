/** What a tenant decides for itself. What is left out has its default. */
export interface TenantSettings {
  readonly approvals?: {
    /** Whether who asked for an action may also approve it. Default: no. */
    readonly requester_may_approve?: boolean;
    /** Whether the code of a plan that a person submitted needs an approval in the wasm sandbox. Default: yes. */
    readonly submitted_wasm_code_needs_approval?: boolean;
  };
  readonly tools?: {
    /** The only tools that goals may call, by name. Default: all. */
    readonly allowed?: readonly string[];
  };
}
