import { Page } from '@/ui'

export const SetupPage = () => <Page title="SetupPage">{null}</Page>
