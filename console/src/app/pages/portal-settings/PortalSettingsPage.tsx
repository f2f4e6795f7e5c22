import { Page } from '@/ui'

export const PortalSettingsPage = () => <Page title="PortalSettingsPage">{null}</Page>
