// One flag of `groups create` as a row of its table: which setting it sets. Choices, defaults and kinds of values are not
// here: they are the settings schema's; nor is what it does: that is the protocol's field guide.
export interface SettingRow {
  /** As commander takes it; without a `<value>` it is a switch. */
  readonly flag: string;
  /** Of the settings' field, from the section inwards: `training.sharedRate`. */
  readonly path: string;
  /** Instead of what the guide says, where the value is written otherwise than the field takes it. */
  readonly about?: string;
  /** What holds without it, in words, where other flags or the base model decide that. */
  readonly without?: string;
  /** Of a switch that sets no yes: what stands there then; of fields, only where nothing stands yet. */
  readonly puts?: unknown;
  /** Where the value is not written as the field takes it. */
  readonly read?: (value: string) => unknown;
}
