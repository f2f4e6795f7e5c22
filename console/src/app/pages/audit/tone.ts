import type { Tone } from '@/ui'

const tones: [RegExp, Tone][] = [
  [/(Deleted|Removed|Expired|Errored|Failed|Locked|Revoked|Disabled)$/, 'bad'],
  [/(Revealed|Regenerated|Rotated|Withdrawn|Reset|Brought)$/, 'warn'],
  [/(Created|Joined|Invited|Imported|Enabled|Reauthenticated|Unlocked)$/, 'good'],
]

export const toneOf = (action: string): Tone =>
  tones.find(([pattern]) => pattern.test(action))?.[1] ?? 'plain'
