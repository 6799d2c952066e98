// What a daemon may do while its machine runs on battery, by the names people use. Whether it does is power.ts.
export const batteryHabits = ['train', 'wait'] as const;
export type BatteryHabit = (typeof batteryHabits)[number];
export const usualBatteryHabit: BatteryHabit = 'train';
