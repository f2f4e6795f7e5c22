import type { Schema } from '@/api/client'
import type { Form } from '@/api/form'
import { lookOf, type Palette } from '@/portal/look'

export type PortalSettings = Schema<'PortalSettings'>

/** An address that is not set is an empty text in its field. */
export type Shown = Omit<PortalSettings, Url> & Record<Url, string>
export type PortalForm = Form<Shown>
type Url = 'redirect_url' | 'terms_url' | 'privacy_url'

export const toShow = (settings: PortalSettings): Shown => ({
  ...settings,
  redirect_url: settings.redirect_url ?? '',
  terms_url: settings.terms_url ?? '',
  privacy_url: settings.privacy_url ?? '',
})

export const toSave = (shown: Shown): PortalSettings => ({
  ...shown,
  redirect_url: shown.redirect_url.trim() || null,
  terms_url: shown.terms_url.trim() || null,
  privacy_url: shown.privacy_url.trim() || null,
})

export type { Palette }

export const palettes: Palette[] = [
  'gray',
  'red',
  'pink',
  'purple',
  'cyan',
  'blue',
  'teal',
  'green',
  'yellow',
  'orange',
]

/** A palette's colour, as the portal has it. */
export const accentOf = (settings: PortalSettings, palette: Palette) =>
  lookOf({ ...settings, palette }, {}).variables['--accent']
