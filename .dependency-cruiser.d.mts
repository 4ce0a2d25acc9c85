/** What the tests of the import rules read of them. */
declare const rules: { readonly forbidden: readonly { readonly name: string; readonly comment: string }[] };
export default rules;
